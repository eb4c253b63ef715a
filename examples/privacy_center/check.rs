//! What is claimed is checked while you watch; a check that fails ends the program.

use crate::support::Result;

pub(crate) fn holds(claim: &str, is_so: bool) -> Result<()> {
    match is_so {
        true => Ok(()),
        false => Err(format!("this should hold, and does not: {claim}").into()),
    }
}
