//! Why a user or group cannot be added to a base. In: conflicts that the accounts' reader found. Out: data, and its
//! text in a message.

/// The conflict of an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountConflict {
    /// A name without a number, which the base lacks.
    #[error("the base has no such user")]
    UnknownUser {
        name: String,
        /// The base's users, in the order of its passwd.
        known: Vec<String>,
    },
    /// Another user has the number.
    #[error("number {uid} is the base's user {by}")]
    UserNumberTaken { uid: u32, by: String },
    /// The base has the user with another number.
    #[error("the base has this user with the number {found}, not {asked}")]
    OtherUserNumber {
        name: String,
        /// Its number in the base.
        found: u32,
        /// The configured number.
        asked: u32,
    },
    /// The base has the user in another group.
    #[error("the base has this user in the group {found}, not {asked}")]
    OtherPrimaryGroup {
        name: String,
        /// Its number, which matches.
        uid: u32,
        /// Its group's number in the base.
        found: u32,
        /// The configured group number.
        asked: u32,
    },
    /// The base has the group with another number.
    #[error("the base has {} with the number {found}, not {asked}", group_words(user.as_deref(), group))]
    OtherGroupNumber {
        /// `NAME:NUMBER` of the group's user; `None` for a group that is added by itself.
        user: Option<String>,
        group: String,
        /// Its number in the base.
        found: u32,
        /// The configured number.
        asked: u32,
    },
    /// Another group has the number.
    #[error("group number {gid} is the base's group {by}")]
    GroupNumberTaken {
        /// `NAME:NUMBER` of the group's user; `None` for a group that is added by itself.
        user: Option<String>,
        gid: u32,
        by: String,
    },
    /// A path that must be a folder, above the home or an accounts file, is something else.
    #[error("the base has something else in the place of a folder above it")]
    NoFolder,
}

/// For a group that is added by itself, the beginning of the message has its name.
fn group_words(user: Option<&str>, group: &str) -> String {
    user.map_or("this group".to_owned(), |_| format!("the group {group}"))
}
