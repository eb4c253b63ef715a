//! Delimited files with a header: the separator found out, plain or gzipped, columns
//! recognised by name.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::StringRecord;
use flate2::read::MultiGzDecoder;

use super::Result;
use super::progress::Progress;

/// A delimited file, opened, with its header read.
pub(crate) struct Table {
    name: String,
    columns: StringRecord,
    reader: csv::Reader<Box<dyn Read>>,
}

/// One line; an empty field is an unknown one.
pub(crate) struct Row<'a> {
    table: &'a str,
    line: u64,
    record: &'a StringRecord,
}

/// Names of columns that the user gave: ours, then theirs.
pub(crate) type Mapping = Vec<(String, String)>;

/// The reader of `--map ours=theirs`.
pub(crate) fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((ours, theirs)) if !ours.is_empty() && !theirs.is_empty() => {
            Ok((plain(ours), theirs.to_owned()))
        }
        _ => Err("expected ours=theirs, as in time=InvoiceDate".to_owned()),
    }
}

impl Table {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let wrong = |error: &dyn std::fmt::Display| format!("cannot read {name}: {error}");
        let file = File::open(path).map_err(|error| wrong(&error))?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let label = path.file_name().unwrap_or_default().to_string_lossy();
        let file = Progress::new(&format!("reading {label}"), size).over(file);
        let mut bytes = unpacked(file).map_err(|error| wrong(&error))?;
        let mut header = Vec::new();
        bytes.read_until(b'\n', &mut header).map_err(|error| wrong(&error))?;
        let separator = separator(&header);
        let bytes: Box<dyn Read> = Box::new(Cursor::new(header).chain(bytes));
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(bytes);
        let columns = reader.headers().map_err(|error| wrong(&error))?.clone();
        if columns.iter().all(str::is_empty) {
            return Err(wrong(&"it has no header").into());
        }
        Ok(Self { name, columns, reader })
    }

    /// The place of the first column with one of these names, whatever its case,
    /// underscores and spaces.
    pub(crate) fn find(&self, names: &[&str]) -> Option<usize> {
        let of = |name: &&str| self.columns.iter().position(|column| plain(column) == plain(name));
        names.iter().find_map(of)
    }

    /// The place of a column that must be there.
    pub(crate) fn need(&self, names: &[&str]) -> Result<usize> {
        self.find(names).ok_or_else(|| {
            let (names, has) = (names.join(", "), self.columns());
            format!("{}: no column called {names}; its columns are: {has}", self.name).into()
        })
    }

    /// The names of the columns, to be read.
    pub(crate) fn columns(&self) -> String {
        self.columns.iter().collect::<Vec<_>>().join(", ")
    }

    /// The names of the columns, in their order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.columns.iter().map(str::to_owned).collect()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Every line, in order.
    pub(crate) fn each(mut self, mut look: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let mut record = StringRecord::new();
        while self
            .reader
            .read_record(&mut record)
            .map_err(|error| format!("cannot read {}: {error}", self.name))?
        {
            let line = record.position().map_or(0, csv::Position::line);
            look(&Row { table: &self.name, line, record: &record })?;
        }
        Ok(())
    }
}

impl<'a> Row<'a> {
    pub(crate) fn get(&self, column: usize) -> Option<&'a str> {
        self.record.get(column).map(str::trim).filter(|field| !field.is_empty())
    }

    /// A field that must be there.
    pub(crate) fn need(&self, column: usize) -> Result<&'a str> {
        self.get(column).ok_or_else(|| self.wrong("a needed field is empty"))
    }

    pub(crate) fn number(&self, column: usize) -> Result<Option<f64>> {
        let number = |field: &str| field.parse().map_err(|_| self.wrong("expected a number"));
        self.get(column).map(number).transpose()
    }

    pub(crate) fn fields(&self) -> impl Iterator<Item = &'a str> {
        self.record.iter()
    }

    /// What is wrong, and where. The content stays out of it: it may be somebody's.
    pub(crate) fn wrong(&self, what: impl std::fmt::Display) -> Box<dyn std::error::Error> {
        format!("{}, line {}: {what}", self.table, self.line).into()
    }
}

/// A name as it is compared.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).flat_map(char::to_lowercase).collect()
}

/// Gzip is told by its first two bytes, whatever the file is called.
fn unpacked(file: impl Read + 'static) -> std::io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::new(file);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(match packed {
        true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        false => Box::new(file),
    })
}

/// The one that stands in the header most often.
fn separator(header: &[u8]) -> u8 {
    let count = |separator: &u8| header.iter().filter(|byte| *byte == separator).count();
    // The last of the best wins, so a comma where there is only one column.
    *b"|;\t,".iter().max_by_key(|s| count(s)).unwrap_or(&b',')
}
