//! Why a user or group cannot be added to a base. In: what the accounts' reader saw. Out: data, with its words in a message.

/// What stands against an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountConflict {
    /// A name without a number, which the base does not have.
    #[error("the base has no such user")]
    UnknownUser {
        name: String,
        /// The users that the base has, in the order of its passwd.
        known: Vec<String>,
    },
    /// The number is another user's.
    #[error("number {uid} is the base's user {by}")]
    UserNumberTaken { uid: u32, by: String },
    /// The base has the user with another number.
    #[error("the base has this user with the number {found}, not {asked}")]
    OtherUserNumber {
        name: String,
        /// Its number in the base.
        found: u32,
        /// The number that was asked for.
        asked: u32,
    },
    /// The base has the user in another group.
    #[error("the base has this user in the group {found}, not {asked}")]
    OtherPrimaryGroup {
        name: String,
        /// Its number, which is as asked for.
        uid: u32,
        /// Its group's number in the base.
        found: u32,
        /// The group's number that was asked for.
        asked: u32,
    },
    /// The base has the group with another number.
    #[error("the base has {} with the number {found}, not {asked}", group_words(user.as_deref(), group))]
    OtherGroupNumber {
        /// `NAME:NUMBER` of the user whose group it is; `None` for a group that is added by itself.
        user: Option<String>,
        group: String,
        /// Its number in the base.
        found: u32,
        /// The number that was asked for.
        asked: u32,
    },
    /// The number is another group's.
    #[error("group number {gid} is the base's group {by}")]
    GroupNumberTaken {
        /// `NAME:NUMBER` of the user whose group it is; `None` for a group that is added by itself.
        user: Option<String>,
        gid: u32,
        by: String,
    },
    /// Where a folder has to be, above the home or a file of accounts, is something else.
    #[error("the base has something else in the place of a folder above it")]
    NoFolder,
}

/// A group that is added by itself is named by the message's beginning.
fn group_words(user: Option<&str>, group: &str) -> String {
    user.map_or("this group".to_owned(), |_| format!("the group {group}"))
}
