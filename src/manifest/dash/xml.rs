//! The elements of an MPD and where they stand in its text.
//!
//! Nothing is expanded or loaded: entities are refused with the document type that declares them. Elements are read one
//! after the other, and their depth is limited, so neither recursion nor memory grows with what a text contains.

use std::{borrow::Cow, fmt};

use quick_xml::{
    NsReader,
    events::{BytesDecl, Event, attributes::Attributes},
    name::{Namespace, QName, ResolveResult},
};

use crate::{
    error::{Error, ManifestError, Result},
    manifest::signer::line_of,
    text::Excerpt,
};

/// An MPD has about ten levels. Events carry documents of other formats, which are deeper.
const DEEPEST: usize = 100;

const XLINK: &str = "http://www.w3.org/1999/xlink";

/// A part of an MPD.
pub(super) enum Node<'t> {
    Start(Element<'t>),
    /// The end of the innermost element. It starts at `at`, where that of an empty element has no bytes.
    End {
        at: usize,
        end: usize,
    },
    Text(Text<'t>),
    /// A comment or a processing instruction.
    Other,
}

/// The start of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'t> {
    /// Without its prefix.
    pub(super) name: &'t str,
    /// With its colon, or empty.
    pub(super) prefix: &'t str,
    /// Whether it is of the namespace of the MPD.
    pub(super) is_dash: bool,
    /// Where its `<` is.
    pub(super) at: usize,
    /// Where its start tag ends.
    pub(super) end: usize,
    pub(super) is_empty: bool,
    /// The name and the attributes, as they are written.
    tag: &'t str,
}

/// A piece of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) at: usize,
    pub(super) written: &'t str,
    /// Of a CDATA section, which has no references.
    pub(super) is_raw: bool,
}

/// An attribute, as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute<'t> {
    /// With its prefix.
    pub(super) name: &'t str,
    pub(super) value: &'t str,
}

impl<'t> Element<'t> {
    /// The attributes, in their order.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Result<Attribute<'t>>> + use<'t> {
        let mut attributes = Attributes::new(self.tag, self.prefix.len() + self.name.len());
        // The check compares each name with all others.
        attributes.with_checks(false);
        attributes.map(|attribute| {
            let attribute = attribute.map_err(|error| not_well_formed(&error))?;
            match attribute.value {
                Cow::Borrowed(value) => Ok(Attribute { name: attribute.key.into_inner(), value }),
                Cow::Owned(value) => Err(not_well_formed(&value)),
            }
        })
    }

    /// The value of an attribute, as it is written.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<&'t str>> {
        for attribute in self.attributes() {
            let attribute = attribute?;
            if attribute.name == name {
                return Ok(Some(attribute.value));
            }
        }
        Ok(None)
    }

    /// Whether a text occurs in the start tag: a quick answer for most elements.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.tag.len() > self.name.len() && memchr::memmem::find(self.tag.as_bytes(), text.as_bytes()).is_some()
    }
}

/// Reads an MPD from its start to its end.
pub(super) struct Scanner<'t> {
    text: &'t str,
    reader: NsReader<&'t [u8]>,
    /// How many bytes come before what the reader reads: the byte order mark.
    offset: usize,
    /// Where the last node ended.
    at: usize,
    depth: usize,
    /// Of the root element; none before it is read.
    namespace: Option<Box<str>>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Result<Self> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        if body.trim_start_matches(is_blank).is_empty() {
            return Err(ManifestError::Empty.into());
        }
        if body.starts_with("<\0") || body.starts_with("\0<") {
            return Err(ManifestError::Utf16.into());
        }
        // The reader would skip a second one, and count from there.
        if body.starts_with('\u{feff}') {
            return Err(Error::from(ManifestError::NotAnMpd(Excerpt::new("\u{feff}"))).in_manifest(1));
        }
        let mut reader = NsReader::from_str(body);
        reader.config_mut().expand_empty_elements = true;
        let offset = text.len() - body.len();
        Ok(Self { text, reader, offset, at: offset, depth: 0, namespace: None })
    }

    /// How many elements are open.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// The next node, or none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Node<'t>>> {
        let at = self.at;
        let event = match self.reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(not_well_formed(&error).in_manifest(self.error_line())),
        };
        self.at = self.position(self.reader.buffer_position());
        self.node(at, &event).map_err(|error| error.in_manifest(line_of(self.text, at)))
    }

    fn node(&mut self, at: usize, event: &Event<'t>) -> Result<Option<Node<'t>>> {
        match event {
            Event::Start(start) => {
                self.start(at, start.name().into_inner().len()).map(|start| Some(Node::Start(start)))
            }
            Event::End(_) => {
                self.depth -= 1;
                Ok(Some(Node::End { at, end: self.at }))
            }
            Event::Text(_) | Event::GeneralRef(_) => self.piece(at, &self.text[at..self.at], false),
            Event::CData(_) => {
                let (start, end) = ("<![CDATA[".len(), "]]>".len());
                self.piece(at + start, &self.text[at + start..self.at - end], true)
            }
            Event::Decl(declaration) => check_encoding(declaration).map(|()| Some(Node::Other)),
            Event::DocType(content) if content.contains('[') => Err(ManifestError::DocumentType.into()),
            Event::DocType(_) | Event::Comment(_) | Event::PI(_) | Event::Empty(_) => Ok(Some(Node::Other)),
            Event::Eof if self.depth > 0 => Err(ManifestError::Unfinished.into()),
            Event::Eof if self.namespace.is_none() => Err(ManifestError::NotAnMpd(Excerpt::new("")).into()),
            Event::Eof => Ok(None),
        }
    }

    fn start(&mut self, at: usize, name_length: usize) -> Result<Element<'t>> {
        let end = self.at;
        let (tag, is_empty) = match self.text[at..end].strip_suffix("/>") {
            Some(tag) => (&tag[1..], true),
            None => (&self.text[at + 1..end - 1], false),
        };
        let qualified = &tag[..name_length];
        let (prefix, name) = qualified.split_at(qualified.find(':').map_or(0, |colon| colon + 1));
        let found = match self.reader.resolver().resolve_element(QName(qualified)).0 {
            ResolveResult::Bound(namespace) => namespace.into_inner(),
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(_) => return Err(ManifestError::UnknownPrefix(Excerpt::new(qualified)).into()),
        };
        let is_dash = match &self.namespace {
            Some(_) if self.depth == 0 => return Err(ManifestError::AfterMpd(Excerpt::new(qualified)).into()),
            Some(own) => **own == *found,
            None if name == "MPD" => {
                self.namespace = Some(found.into());
                true
            }
            None => return Err(ManifestError::NotAnMpd(Excerpt::new(&["<", qualified, ">"].concat())).into()),
        };
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ManifestError::TooDeep(DEEPEST).into());
        }
        Ok(Element { name, prefix, is_dash, at, end, is_empty, tag })
    }

    /// Text belongs to an element: only blanks come before and after the MPD.
    fn piece(&self, at: usize, written: &'t str, is_raw: bool) -> Result<Option<Node<'t>>> {
        if self.depth > 0 {
            return Ok(Some(Node::Text(Text { at, written, is_raw })));
        }
        let found = written.trim_matches(is_blank);
        if found.is_empty() && !is_raw {
            return Ok(Some(Node::Other));
        }
        let found = Excerpt::new(found.lines().next().unwrap_or_default());
        Err(if self.namespace.is_some() { ManifestError::AfterMpd(found) } else { ManifestError::NotAnMpd(found) }
            .into())
    }

    /// The attribute `xlink:href` of the element that was read last.
    pub(super) fn xlink(&self, element: &Element<'t>) -> Result<Option<&'t str>> {
        if !element.mentions(":href") {
            return Ok(None);
        }
        for attribute in element.attributes() {
            let Attribute { name, value } = attribute?;
            if name.ends_with(":href")
                && self.reader.resolver().resolve_attribute(QName(name)).0 == ResolveResult::Bound(Namespace(XLINK))
            {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// The place in the text of a place that the reader counts.
    fn position(&self, counted: u64) -> usize {
        // What is in memory fits.
        usize::try_from(counted).map_or(self.text.len(), |counted| self.offset + counted)
    }

    /// The line of the error that the reader found last.
    fn error_line(&self) -> usize {
        line_of(self.text, self.position(self.reader.error_position()).min(self.text.len()))
    }
}

/// What XML regards as blank.
pub(super) const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn check_encoding(declaration: &BytesDecl<'_>) -> Result<()> {
    let Some(declared) = declaration.encoding() else { return Ok(()) };
    let declared = declared.map_err(|error| not_well_formed(&error))?;
    if ["utf-8", "utf8", "us-ascii"].iter().any(|known| declared.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(ManifestError::Encoding(Excerpt::new(&declared)).into())
}

fn not_well_formed(error: &dyn fmt::Display) -> Error {
    ManifestError::NotWellFormed(Excerpt::new(&error.to_string())).into()
}
