//! One thing that was looked at.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Good,
    /// Works, and may not for long.
    Poor,
    Bad,
}

pub struct Check {
    pub name: &'static str,
    pub found: Found,
    pub detail: String,
    /// What to do.
    pub mend: String,
}

pub fn check(name: &'static str, found: Found, detail: impl Into<String>, mend: &str) -> Check {
    let mend = if found == Found::Good {
        String::new()
    } else {
        mend.into()
    };
    Check {
        name,
        found,
        detail: detail.into(),
        mend,
    }
}
