use super::*;

fn found(text: &str) -> Vec<String> {
    let set =
        BTreeMap::from([("SET_ONE".to_owned(), "a".to_owned()), ("EMPTY_ONE".to_owned(), String::new())]);
    let mut variables = Variables::new(&set);
    let name = |clue| match clue {
        Clue::Variable { name, .. } => name.unwrap_or_else(|| "?".to_owned()),
        other => format!("{other:?}"),
    };
    text.lines().filter_map(|line| variables.line(line)).map(name).collect()
}

#[test]
fn variables_are_found_in_the_words_of_libraries() {
    for (text, expected) in [
        ("error: Environment variable not found: DATABASE_URL.", "DATABASE_URL"),
        ("Error: Config validation error: \"JWT_SECRET\" is required", "JWT_SECRET"),
        (" - property REDIS_HOST has failed the following constraints: isString", "REDIS_HOST"),
        ("EnvVarError: env-var: \"PORT\" is a required variable, but it was not set", "PORT"),
        ("Missing environment variables:\n    API_KEY: undefined", "API_KEY"),
        ("Error: EMPTY_ONE must be set", "EMPTY_ONE"),
        // zod 3: the text of a ZodError.
        (
            "ZodError: [\n  {\n    \"code\": \"invalid_type\",\n    \"received\": \"undefined\",\n    \"path\": [\n      \"DATABASE_URL\"\n    ],\n    \"message\": \"Required\"",
            "DATABASE_URL",
        ),
        ("✖ Invalid input: expected string, received undefined\n  → at DATABASE_URL", "DATABASE_URL"),
        ("Error: secretOrPrivateKey must have a value", "?"),
        ("TypeError: JwtStrategy requires a secret or key", "?"),
    ] {
        assert_eq!(found(text).last().map(String::as_str), Some(expected), "{text}");
    }
    for text in [
        "Error: SET_ONE is required",
        "  code: 'MODULE_NOT_FOUND', not found",
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'X_Y' not found",
        "ECONNREFUSED is required",
        "DATABASE_URL is fine",
        "    at LOAD_ENV (required)",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}
