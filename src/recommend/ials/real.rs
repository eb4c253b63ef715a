//! Single precision for fitting and double for answering, by the same code.

use std::ops::{Add, AddAssign, Div, Mul, Sub, SubAssign};

pub(super) trait Real:
    Copy
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + SubAssign
{
    const ONE: Self;

    fn of(value: f64) -> Self;
    fn single(value: f32) -> Self;
    fn root(self) -> Self;
    /// The larger one, and never no number.
    fn at_least(self, floor: Self) -> Self;
}

macro_rules! real {
    ($($float:ty),*) => {$(
        impl Real for $float {
            const ONE: Self = 1.0;

            fn of(value: f64) -> Self {
                value as Self
            }

            fn single(value: f32) -> Self {
                value.into()
            }

            fn root(self) -> Self {
                self.sqrt()
            }

            fn at_least(self, floor: Self) -> Self {
                self.max(floor)
            }
        }
    )*};
}

real!(f32, f64);
