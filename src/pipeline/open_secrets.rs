//! Variables that look like secrets, and that an image or a script has openly. In: the settings of a service. Out: a sentence for each.

use fourply_compare::is_secret;

use crate::settings::Settings;

/// What frameworks write into pages for everybody to read, in parts of names.
const PUBLIC: [&str; 6] = ["PUBLIC_", "VITE_", "REACT_APP_", "GATSBY_", "VUE_APP_", "PUBLISHABLE"];

/// See the module.
pub(super) fn open_secrets(settings: &Settings) -> impl Iterator<Item = String> + '_ {
    let service = &settings.workspace.service;
    let of_image = settings.container.env.iter().filter(|(name, value)| looks_secret(name, value));
    let of_image = of_image.map(move |(name, _)| {
        format!(
            "env of {service} has {name}, which looks like a secret: whoever has the image can read its value; give it when a container starts"
        )
    });
    let of_scripts = settings.build.values.env.iter().filter(|(name, value)| looks_secret(name, value));
    let of_scripts = of_scripts.filter(|_| settings.build.script.is_some()).map(|(name, _)| {
        format!(
            "{name} looks like a secret, and scripts have it as a build argument or by env of [build]: its value may be read in logs and in what they make; give it as a secret: \
             [build] secrets = [{name:?}] and --secret id={name}, or when a container starts"
        )
    });
    of_image.chain(of_scripts)
}

fn looks_secret(name: &str, value: &str) -> bool {
    is_secret(name, value) && !PUBLIC.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_may_read_is_no_secret() {
        for (name, value, expected) in [
            ("DB_PASSWORD", "hunter22", true),
            ("STRIPE_API_KEY", "sk_live_1", true),
            ("DATABASE_URL", "postgres://u:p@db/x", true),
            ("TOKEN_TTL", "3600", false),
            ("NEXT_PUBLIC_MAP_TOKEN", "pk.1", false),
            ("API_URL", "https://api.example", false),
        ] {
            assert_eq!(looks_secret(name, value), expected, "{name}");
        }
    }
}
