use super::FileKind;
use crate::known::tests::known;

#[test]
fn kinds_of_the_workspaces_files() {
    use FileKind::{Development, Needed, Other, Sources};
    let files = [
        ("services/auth/dist/main.js", Needed),
        ("services/auth/dist/main.js.map", Sources),
        ("services/auth/dist/main.d.ts", Sources),
        ("services/auth/dist/users.spec.js", Sources),
        ("services/auth/src/main.ts", Sources),
        ("services/auth/src/schema.gql", Sources),
        ("services/auth/templates/mail/a.html", Needed),
        ("services/auth/prisma/schema.prisma", Needed),
        ("services/auth/prisma/seed.ts", Sources),
        ("services/auth/tsconfig.build.json", Sources),
        ("services/auth/jest.config.js", Sources),
        ("services/auth/test/app.e2e-spec.ts", Sources),
        ("services/auth/.eslintrc", Sources),
        ("services/auth/.next/BUILD_ID", Needed),
        ("services/auth/Dockerfile", Sources),
        ("services/auth/package.json", Needed),
        ("package.json", Sources),
        ("pnpm-lock.yaml", Sources),
        ("proto/auth.proto", Needed),
        ("README.md", Sources),
        (".git/HEAD", Sources),
        ("services/web/dist/main.js", Other),
        ("shared/kernel/data.json", Needed),
        ("node_modules/.pnpm/express@4.0.0/node_modules/express/index.js", Needed),
        ("node_modules/express/index.js", Needed),
        ("node_modules/.pnpm/express@3.0.0/node_modules/express/index.js", Other),
        ("node_modules/.pnpm/typescript@5.9.0/node_modules/typescript/lib/tsc.js", Development),
        ("services/auth/node_modules/@erp/kernel/dist/index.js", Needed),
        ("services/auth/node_modules/@erp/web/dist/index.js", Other),
        ("node_modules/.bin/tsc", Other),
    ];
    for (path, kind) in files {
        assert_eq!(FileKind::of(path, &known(), true), kind, "{path}");
    }
}

#[test]
fn typescript_is_needed_where_it_runs() {
    assert_eq!(FileKind::of("services/auth/app/main.ts", &known(), true), FileKind::Sources);
    for (path, kind) in [
        ("services/auth/tsconfig.json", FileKind::Needed),
        ("tsconfig.base.json", FileKind::Needed),
        ("services/auth/tsconfig.build.json", FileKind::Sources),
    ] {
        assert_eq!(FileKind::of(path, &known(), false), kind, "{path}");
        assert_eq!(FileKind::of(path, &known(), true), FileKind::Sources, "{path}");
    }
    assert_eq!(FileKind::of("services/auth/app/main.ts", &known(), false), FileKind::Needed);
}
