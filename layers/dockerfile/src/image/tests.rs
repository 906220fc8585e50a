use std::collections::BTreeMap;
use std::time::Duration;

use super::{DockerImage, Request};
use crate::DockerfileError;
use crate::copies::Deployed;
use crate::run::Manager;

const TEMPLATE: &str = r#"# syntax=docker/dockerfile:1
ARG NODE_VERSION=20
FROM node:${NODE_VERSION}-alpine AS base
RUN apk add --no-cache libc6-compat dumb-init curl && corepack enable
WORKDIR /app

FROM base AS deps
ARG SERVICE_NAME=master-data
RUN apk add --no-cache python3 make g++
COPY pnpm-workspace.yaml package.json pnpm-lock.yaml ./
COPY shared ./shared
COPY services/${SERVICE_NAME}/package.json ./services/${SERVICE_NAME}/
RUN --mount=type=cache,id=pnpm,target=/pnpm pnpm install --frozen-lockfile

FROM deps AS builder
ARG SERVICE_NAME=master-data
COPY services/${SERVICE_NAME}/ ./services/${SERVICE_NAME}/
RUN pnpm --filter "./services/${SERVICE_NAME}" build

FROM node:${NODE_VERSION}-alpine AS runtime
ARG SERVICE_NAME=master-data
ARG SERVICE_PORT=3000
RUN apk add --no-cache tini \
    # for the health check
    curl && \
    addgroup -g 1001 -S nodejs && adduser -S nodejs -u 1001 -G nodejs
WORKDIR /app
COPY --from=builder --chown=nodejs:nodejs /app/package.json /app/pnpm-lock.yaml ./
COPY --from=builder --chown=nodejs:nodejs /app/services/${SERVICE_NAME}/dist ./services/${SERVICE_NAME}/dist
COPY --from=builder --chown=nodejs:nodejs /app/node_modules ./node_modules
COPY --chown=nodejs:nodejs templates ./services/${SERVICE_NAME}/templates
COPY --from=busybox:musl /bin/busybox /usr/local/bin/
RUN mkdir -p services/$SERVICE_NAME/uploads && chown -R nodejs services/$SERVICE_NAME/uploads
USER nodejs
WORKDIR /app/services/${SERVICE_NAME}
EXPOSE ${SERVICE_PORT} 9229/tcp 53/udp
ENV NODE_ENV=production PORT=${SERVICE_PORT} \
    SERVICE_NAME="${SERVICE_NAME}"
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD curl -f http://localhost:${PORT}/health || exit 1
VOLUME ["/data"]
ENTRYPOINT ["/sbin/tini", "--"]
CMD ["node", "dist/main.js"]
"#;

fn read(text: &str, args: &[(&str, &str)], target: Option<&str>) -> crate::Result<DockerImage> {
    let args: BTreeMap<String, String> =
        args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    DockerImage::read(&Request { text, args: &args, target })
}

#[test]
fn the_last_stage_of_a_usual_file() {
    let image = read(TEMPLATE, &[("SERVICE_NAME", "auth"), ("SERVICE_PORT", "3002")], None).unwrap();
    assert_eq!(image.base, "node:20-alpine");
    let env: Vec<_> = image.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["NODE_ENV=production", "PORT=3002", "SERVICE_NAME=auth"]);
    assert_eq!(image.user.as_deref(), Some("nodejs"));
    assert_eq!(image.ran.accounts[0].uid, Some(1001));
    assert_eq!(image.folder.as_deref(), Some("/app/services/auth"));
    assert_eq!(image.ports.into_iter().collect::<Vec<_>>(), [3002, 9229]);
    assert_eq!(image.volumes.into_iter().collect::<Vec<_>>(), ["/data"]);
    assert_eq!(image.entrypoint.unwrap(), ["/sbin/tini", "--"]);
    assert_eq!(image.cmd.unwrap(), ["node", "dist/main.js"]);
    let health = image.health.unwrap();
    assert_eq!(health.test, ["CMD-SHELL", "curl -f http://localhost:${PORT}/health || exit 1"]);
    assert_eq!((health.timeout, health.retries), (Some(Duration::from_secs(3)), Some(3)));
    let packages: Vec<_> = image.ran.packages[&Manager::Apk].iter().cloned().collect();
    assert_eq!(packages, ["curl", "tini"]);
    let folder = &image.ran.folders["/app/services/auth/uploads"];
    assert_eq!((folder.made, folder.owner.as_deref()), (true, Some("nodejs")));
    assert_eq!(image.defaults.get("NODE_VERSION").map(String::as_str), Some("20"));
}

#[test]
fn copies_lead_back_to_the_context() {
    let image = read(TEMPLATE, &[], None).unwrap();
    let copies: Vec<_> =
        image.copies.iter().map(|one| (one.source.as_deref(), one.to.as_str(), one.into)).collect();
    let expected = [
        (Some("package.json"), "/app", true),
        (Some("pnpm-lock.yaml"), "/app", true),
        (Some("services/master-data/dist"), "/app/services/master-data/dist", false),
        (Some("node_modules"), "/app/node_modules", false),
        (Some("templates"), "/app/services/master-data/templates", false),
        (None, "/usr/local/bin", true),
    ];
    assert_eq!(copies, expected);
}

#[test]
fn copies_lead_back_through_turbo_and_pnpm_deploy() {
    let text = "FROM a AS pruner\nWORKDIR /app\nCOPY . .\nRUN turbo prune web --docker\nFROM a AS installer\nWORKDIR /app\n\
                COPY --from=pruner /app/out/json/ .\nCOPY --from=pruner /app/out/full/ .\nRUN pnpm deploy --filter=web --prod /prod/web\nFROM a\n\
                COPY --from=installer /app/apps/web/.next/standalone ./\nCOPY --from=installer /prod/web /app\n";
    let copies = read(text, &[], None).unwrap().copies;
    assert_eq!(copies[0].source.as_deref(), Some("apps/web/.next/standalone"));
    let whole = Deployed { filter: "web".to_owned(), part: String::new() };
    assert_eq!((copies[1].source.as_deref(), copies[1].deployed.as_ref()), (None, Some(&whole)));
    let part = text.replace("/prod/web /app", "/prod/web/dist/ /app/dist");
    let copies = read(&part, &[], None).unwrap().copies;
    let part = Deployed { part: "dist".to_owned(), ..whole };
    assert_eq!((copies[1].source.as_deref(), copies[1].deployed.as_ref()), (None, Some(&part)));
}

#[test]
fn variables_of_one_instruction_have_the_values_from_before_it() {
    let text = "FROM a\nENV A=1\nENV A=2 B=$A\nENV C=$A\n";
    let env = read(text, &[], None).unwrap().env;
    let env: Vec<_> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["A=2", "B=1", "C=2"]);
    let error = read("FROM a\nENV =x A=1\n", &[], None).unwrap_err();
    assert_eq!(error.to_string(), "line 2: \"=x A=1\": a variable has no name");
}

#[test]
fn what_add_downloads_is_no_file_of_the_context() {
    let text = "FROM a\nADD https://host.example/x.tar.gz git@host.example:a/b.git /opt/\nADD conf.json /app/\nCOPY <<EOF /app/run.sh\nx\nEOF\n";
    let copies = read(text, &[], None).unwrap().copies;
    let sources: Vec<_> = copies.iter().map(|one| (one.source.as_deref(), one.written.as_str())).collect();
    let expected = [
        (None, "https://host.example/x.tar.gz"),
        (None, "git@host.example:a/b.git"),
        (Some("conf.json"), "conf.json"),
        (None, "<<text of the Dockerfile>>"),
    ];
    assert_eq!(sources, expected);
}

#[test]
fn labels_and_the_signal() {
    let text =
        "FROM a AS b\nARG V=1\nLABEL team=erp \"a.b\"=\"x $V\"\nFROM b\nLABEL team web\nSTOPSIGNAL SIGINT\n";
    let image = read(text, &[], None).unwrap();
    let labels: Vec<_> = image.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(labels, ["a.b=x 1", "team=web"]);
    assert_eq!(image.stop_signal.as_deref(), Some("SIGINT"));
}

#[test]
fn a_stage_is_chosen_by_name_or_number() {
    let deps = read(TEMPLATE, &[], Some("DEPS")).unwrap();
    assert!(deps.ran.packages[&Manager::Apk].contains("make"));
    assert_eq!(read(TEMPLATE, &[], Some("0")).unwrap().base, "node:20-alpine");
    let error = read(TEMPLATE, &[], Some("prod")).unwrap_err();
    assert_eq!(error.to_string(), r#"it has no stage "prod"; its stages are base, deps, builder, runtime"#);
}

#[test]
fn shells_health_and_heredocs() {
    let text = "FROM a\nWORKDIR srv\nCMD node x\nRUN <<EOF\napk add git\nmkdir data\nEOF\nHEALTHCHECK NONE\n";
    let image = read(text, &[], None).unwrap();
    assert_eq!(image.folder.as_deref(), Some("/srv"));
    assert_eq!(image.cmd.unwrap(), ["/bin/sh", "-c", "node x"]);
    assert!(image.ran.packages[&Manager::Apk].contains("git"));
    assert!(image.ran.folders["/srv/data"].made);
    assert_eq!(image.health.unwrap().test, ["NONE"]);
}

#[test]
fn what_is_wrong_is_said() {
    assert!(matches!(read("FROM a\nFRO b\n", &[], None), Err(DockerfileError::Syntax(_))));
    assert!(read("", &[], None).is_err());
    assert!(read("# nothing\nARG A=1\n", &[], None).is_err());
    let error = read("FROM a\n\nENV A=${B\n", &[], None).unwrap_err();
    assert_eq!(error.to_string(), "line 3: \"A=${B\": a ${ is not closed");
    let large = "FROM a\n".repeat(201);
    assert_eq!(read(&large, &[], None).unwrap_err().to_string(), "it has more than 200 stages");
    assert!(read(&"#\n".repeat(600_000), &[], None).is_err());
}

#[test]
fn values_do_not_grow_without_bounds() {
    let mut text = "FROM a\nENV A=xxxxxxxx\n".to_owned();
    text.push_str(&"ENV A=$A$A\n".repeat(60));
    assert!(matches!(read(&text, &[], None), Err(DockerfileError::Value { .. })));
}
