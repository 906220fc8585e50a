//! What to do about a command that has nothing to run, and about what the program loads when it starts.

use fourply_app::Finding;
use fourply_pnpm::ImporterId;

/// The sentence for one finding; `section` is the service's in the configuration.
pub(super) fn of(service: &ImporterId, section: &str, finding: &Finding) -> String {
    match finding {
        Finding::Nothing { .. } => {
            format!("name the program in cmd: {section} cmd = [\"node\", \"dist/main.js\"]; or remove cmd, or name it in entrypoint")
        }
        Finding::Interactive { program, .. } if program == "node" => {
            format!("name the file to run: {section} cmd = [\"node\", \"dist/main.js\"]")
        }
        Finding::Interactive { program, .. } => {
            format!("name what it is to run: {section} cmd = [{program:?}, \"-c\", \"…\"]")
        }
        Finding::Foreign { of_base: true, .. } => {
            "take a base whose programs are for the image's platform (image, rootfs, alpine or debian of [base]), or build for the base's with --platform".to_owned()
        }
        Finding::Foreign { .. } => {
            "take the file that was built for the image's platform and C library, or build it in the build script".to_owned()
        }
        Finding::Option { option, env: true, .. } => {
            format!("take {option} out of NODE_OPTIONS, in env or in the start script of package.json, or name a node that takes it: [base] node or another image")
        }
        Finding::Option { option, .. } => {
            format!("take {option} out of cmd, or name a node that has it: [base] node or another image")
        }
        Finding::NotInstalled { name, package, development, .. } => {
            let place = if package == "." { "the root".to_owned() } else { package.clone() };
            match ImporterId::new(package).filter(|_| *development) {
                Some(package) => super::service_key::of_development(&package, name),
                None => format!("name {name} in \"dependencies\" of the package.json of {place}"),
            }
        }
        Finding::Path { .. } => format!(
            "if the build makes it, name it in output; if it is a source, name it in files: {section} files = [\"…\"]"
        ),
        Finding::Closed { package, .. } => {
            format!("add the path to \"exports\" in the package.json of {package}, or load another one in {service}")
        }
        _ => String::new(),
    }
}
