//! Reading key files.

use std::{
    io::{ErrorKind, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{
    error::KeyError,
    text::{Excerpt, holds_secrets},
};

/// Larger than any key file.
const LARGEST_FILE: usize = 1 << 20;

/// The content of a key file.
pub(super) fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let unreadable = |problem: &str| KeyError::Unreadable {
        path: Excerpt::new(&path.display().to_string()),
        problem: problem.to_owned(),
    };
    let explain = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => unreadable("no such file"),
        ErrorKind::PermissionDenied => unreadable("no permission to read it"),
        ErrorKind::IsADirectory => unreadable("this is a directory, not a key file"),
        ErrorKind::InvalidInput => unreadable("no file can have such a name"),
        other => unreadable(&other.to_string()),
    };
    if path.as_os_str().is_empty() {
        return Err(KeyError::EmptyPath);
    }
    let mut file = std::fs::File::open(path).map_err(|error| match path.display().to_string() {
        text if holds_secrets(&text) => KeyError::KeyWherePathExpected { found: Excerpt::new(&text) },
        _ => explain(error),
    })?;
    let length = file.metadata().map_err(explain)?.len();
    let expected = usize::try_from(length).map_or(LARGEST_FILE, |length| length.min(LARGEST_FILE));
    let content = read_whole(&mut file, expected).map_err(explain)?;
    if content.len() > LARGEST_FILE {
        return Err(unreadable("larger than 1 MiB, so not a key file"));
    }
    Ok(content)
}

/// Reads at most one byte more than [`LARGEST_FILE`]. A growing buffer would leave copies behind, so a file that is
/// larger than `expected` (such as a pipe) is copied to a new buffer and the old one is wiped.
fn read_whole(file: &mut impl Read, expected: usize) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let most = LARGEST_FILE + 1;
    // One byte more, to see the end without growing.
    let mut content = Zeroizing::new(vec![0; expected + 1]);
    let mut filled = 0;
    loop {
        match file.read(&mut content[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled == most {
            break;
        }
        if filled == content.len() {
            let mut larger = Zeroizing::new(vec![0; (2 * filled).clamp(4_096, most)]);
            larger[..filled].copy_from_slice(&content);
            content = larger;
        }
    }
    content.truncate(filled);
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_an_unexpected_size_are_read_whole() {
        for length in [0, 1, 5_000, LARGEST_FILE, LARGEST_FILE + 1, LARGEST_FILE + 9] {
            let content: Vec<u8> = (0..length).map(|index| index.to_le_bytes()[0]).collect();
            for expected in [0, length.min(LARGEST_FILE), LARGEST_FILE] {
                let read = read_whole(&mut content.as_slice(), expected).unwrap();
                assert_eq!(*read, content[..length.min(LARGEST_FILE + 1)]);
            }
        }
    }
}
