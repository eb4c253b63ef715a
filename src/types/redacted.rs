//! `Debug` for what holds a customer's data: only the fields that tell nothing of a
//! person are printed, so that no log of a host's ever holds one.

macro_rules! redacted {
    ($($name:ident { $($field:ident),* $(,)? })*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    )*};
}

pub(crate) use redacted;
