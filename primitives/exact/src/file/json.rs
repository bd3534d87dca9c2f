//! The part of RFC 8785 (JSON Canonicalization Scheme) that a header needs: objects, arrays, strings and integers.
//!
//! The parser knows no white space and no recursion: the reader of a header says what it expects next.

use alloc::string::String;
use core::{cmp::Ordering, fmt::Write};

/// What the parser expected instead of what it found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unexpected {
    pub offset: usize,
    pub expected: &'static str,
}

/// Order of the keys of an object: by UTF-16 code units (RFC 8785, 3.2.3).
pub(crate) fn key_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// Appends `text` as a JSON string (RFC 8785, 3.2.2.2).
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends `items` between `open` and `close`, with commas.
pub(crate) fn write_list<T>(
    out: &mut String,
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}

/// Appends an integer.
pub(crate) fn write_integer(out: &mut String, value: impl core::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
}

/// A cursor over JSON text without white space.
pub(crate) struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub fn fail<T, E: From<Unexpected>>(&self, expected: &'static str) -> Result<T, E> {
        Err(Unexpected {
            offset: self.at,
            expected,
        }
        .into())
    }

    /// The end of the text.
    pub fn end(&self) -> Result<(), Unexpected> {
        match self.rest().is_empty() {
            true => Ok(()),
            false => self.fail("the end"),
        }
    }

    /// Hands each key of an object to `member`, which reads the value.
    pub fn object<E: From<Unexpected>>(
        &mut self,
        mut member: impl FnMut(&mut Self, String) -> Result<(), E>,
    ) -> Result<(), E> {
        self.list(['{', '}'], |parser| {
            let key = parser.string()?;
            match parser.take(':') {
                true => member(parser, key),
                false => parser.fail("a colon"),
            }
        })
    }

    /// Has `item` read each item of an array.
    pub fn array<E: From<Unexpected>>(&mut self, item: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.list(['[', ']'], item)
    }

    fn list<E: From<Unexpected>>(
        &mut self,
        [open, close]: [char; 2],
        mut item: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.take(open) {
            return self.fail(if open == '{' { "an object" } else { "an array" });
        }
        if self.take(close) {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.take(close) {
                return Ok(());
            }
            if !self.take(',') {
                return self.fail("a comma or the end of the list");
            }
        }
    }

    /// An integer, without leading zeros.
    pub fn integer(&mut self) -> Result<i64, Unexpected> {
        let rest = self.rest();
        let unsigned = rest.strip_prefix('-').unwrap_or(rest);
        let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        let end = rest.len() - unsigned.len() + digits;
        let canonical = digits == 1 || !unsigned.starts_with('0');
        match rest.get(..end).and_then(|number| number.parse().ok()) {
            Some(value) if canonical => {
                self.at += end;
                Ok(value)
            }
            _ => self.fail("an integer of at most 64 bits without leading zeros"),
        }
    }

    /// A string.
    pub fn string(&mut self) -> Result<String, Unexpected> {
        if !self.take('"') {
            return self.fail("a string");
        }
        let mut value = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(value),
                Some('\\') => value.push(self.escape()?),
                Some(c) if c >= ' ' => value.push(c),
                _ => return self.fail("the end of the string"),
            }
        }
    }

    /// Only the escapes that the writer uses.
    fn escape(&mut self) -> Result<char, Unexpected> {
        let c = match self.next() {
            Some(c @ ('"' | '\\')) => Some(c),
            Some('b') => Some('\u{8}'),
            Some('t') => Some('\t'),
            Some('n') => Some('\n'),
            Some('f') => Some('\u{c}'),
            Some('r') => Some('\r'),
            Some('u') => {
                let code = self.rest().get(..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                self.at = self.at.saturating_add(4);
                code.and_then(char::from_u32).filter(|&c| c < ' ')
            }
            _ => None,
        };
        match c {
            Some(c) => Ok(c),
            None => self.fail("an escape sequence of RFC 8785"),
        }
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }
}
