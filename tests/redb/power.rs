//! A file in memory that keeps a record of what was done to it, and what a power cut could
//! leave of it: of what was not synced any part, in sectors, in any order.

use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

use super::dice::Dice;

/// What a disk writes whole.
const SECTOR: usize = 512;

/// Something that was done, or told.
#[derive(Debug, Clone)]
pub enum Done {
    Length(u64),
    Write(u64, Vec<u8>),
    Sync,
    /// The n-th acknowledgement went out.
    Told(usize),
}

/// The file, and all that was done to it.
#[derive(Debug, Clone, Default)]
pub struct Recorded(Arc<Mutex<(Vec<u8>, Vec<Done>)>>);

impl Recorded {
    pub fn tell(&self, n: usize) {
        self.0.lock().unwrap().1.push(Done::Told(n));
    }

    /// What was done so far; the record begins anew.
    pub fn take(&self) -> (Vec<u8>, Vec<Done>) {
        let mut file = self.0.lock().unwrap();
        let done = std::mem::take(&mut file.1);
        (file.0.clone(), done)
    }
}

impl StorageBackend for Recorded {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().0.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let file = self.0.lock().unwrap();
        let offset = offset as usize;
        let found = file.0.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut file = self.0.lock().unwrap();
        file.0.resize(len as usize, 0);
        file.1.push(Done::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.lock().unwrap().1.push(Done::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut file = self.0.lock().unwrap();
        let end = offset as usize + data.len();
        if file.0.len() < end {
            file.0.resize(end, 0);
        }
        file.0[offset as usize..end].copy_from_slice(data);
        file.1.push(Done::Write(offset, data.to_vec()));
        Ok(())
    }
}

/// A file in memory as something left it, and which of its bytes were read.
#[derive(Debug, Clone)]
pub struct Left {
    bytes: Arc<Mutex<Vec<u8>>>,
    read: Arc<Mutex<Vec<(usize, usize)>>>,
}

impl Left {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Arc::new(Mutex::new(bytes)), read: Arc::default() }
    }

    /// From where to where was read.
    pub fn read(&self) -> Vec<(usize, usize)> {
        self.read.lock().unwrap().clone()
    }
}

impl StorageBackend for Left {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let file = self.bytes.lock().unwrap();
        let offset = offset as usize;
        self.read.lock().unwrap().push((offset, offset + out.len()));
        let found = file.get(offset..offset + out.len());
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut file = self.bytes.lock().unwrap();
        let end = offset as usize + data.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[offset as usize..end].copy_from_slice(data);
        Ok(())
    }
}

/// A file that a power cut may hit: what is on the disk for sure, and what is under way.
#[derive(Debug)]
pub struct Powered {
    safe: Vec<u8>,
    under_way: Vec<Done>,
}

impl Powered {
    pub fn new(safe: Vec<u8>) -> Self {
        Self { safe, under_way: Vec::new() }
    }

    /// Follows what is done to the file.
    pub fn follow(&mut self, done: &Done) {
        match done {
            Done::Told(_) => {}
            Done::Sync => {
                for done in std::mem::take(&mut self.under_way) {
                    apply(&mut self.safe, &done);
                }
            }
            done => self.under_way.push(done.clone()),
        }
    }

    /// What a cut leaves now: of every sector what it held when it was synced, or what any
    /// write since put there; and one of the lengths since.
    pub fn cut(&self, dice: &mut Dice) -> Vec<u8> {
        let mut left = self.safe.clone();
        // Most of it, little of it, or all.
        let percent = *dice.pick(&[0, 10, 50, 90, 100]);
        let mut lengths = vec![];
        let mut sectors = Vec::new();
        for done in &self.under_way {
            match done {
                Done::Length(length) => lengths.push(*length as usize),
                Done::Write(offset, data) => {
                    let first = *offset as usize;
                    sectors.extend(
                        data.chunks(SECTOR)
                            .enumerate()
                            .map(|(n, sector)| (first + n * SECTOR, sector)),
                    );
                }
                _ => {}
            }
        }
        if percent < 100 {
            dice.shuffle(&mut sectors);
            lengths.retain(|_| dice.chance(percent));
        }
        if let Some(length) = lengths.last() {
            left.resize(*length, 0);
        }
        for (offset, sector) in sectors.into_iter().filter(|_| dice.chance(percent)) {
            // What lies behind the end of the file is nowhere.
            if let Some(place) = left.get_mut(offset..offset + sector.len()) {
                place.copy_from_slice(sector);
            }
        }
        left
    }
}

fn apply(file: &mut Vec<u8>, done: &Done) {
    match done {
        Done::Length(length) => file.resize(*length as usize, 0),
        Done::Write(offset, data) => {
            let end = *offset as usize + data.len();
            if file.len() < end {
                file.resize(end, 0);
            }
            file[*offset as usize..end].copy_from_slice(data);
        }
        Done::Sync | Done::Told(_) => {}
    }
}
