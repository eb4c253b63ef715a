//! Where places in a ranking begin and end: edges in an order of customers by figure, then
//! by identifier, byte by byte.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::{Identifier, IdentifierKind};

/// All from one edge on, up to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cut {
    pub(crate) from: Edge,
    pub(crate) to: Edge,
}

/// A border in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Edge {
    /// Everybody is above it.
    Bottom,
    /// Whoever has a larger figure is above it; and of those with this very figure, all, or
    /// those from a separator on.
    At(i64, Option<Separator>),
    /// Nobody is above it.
    Top,
}

/// What sets identifiers apart: the shortest beginning of one of them that does, so that
/// nobody's whole identifier is kept unless nothing shorter would do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Separator {
    kind: IdentifierKind,
    value: Box<[u8]>,
}

/// By hand: it is a part of somebody's identifier.
impl fmt::Debug for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Separator({}, ..)", self.kind.name())
    }
}

impl Cut {
    /// Nobody.
    pub(crate) const NOBODY: Self = Self { from: Edge::Top, to: Edge::Top };

    pub(crate) fn holds(&self, figure: i64, who: &Identifier) -> bool {
        self.from.is_below(figure, who) && !self.to.is_below(figure, who)
    }
}

impl Edge {
    /// Whether somebody is above it.
    pub(crate) fn is_below(&self, figure: i64, who: &Identifier) -> bool {
        match self {
            Self::Bottom => true,
            Self::Top => false,
            Self::At(edge, None) => figure >= *edge,
            Self::At(edge, Some(separator)) => {
                figure > *edge || figure == *edge && separator.is_up_to(who)
            }
        }
    }
}

impl Separator {
    /// Between two identifiers, the smaller one first.
    pub(crate) fn between(below: &Identifier, above: &Identifier) -> Self {
        let value = above.value().as_bytes();
        let shortest = if below.kind() == above.kind() {
            let alike = below.value().bytes().zip(value).take_while(|(a, b)| a == *b).count();
            value.get(..=alike).unwrap_or(value)
        } else {
            &[]
        };
        Self { kind: above.kind().clone(), value: shortest.into() }
    }

    fn is_up_to(&self, who: &Identifier) -> bool {
        let value = who.value().as_bytes();
        self.kind.cmp(who.kind()).then_with(|| (*self.value).cmp(value)).is_le()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds() -> [IdentifierKind; 4] {
        [
            IdentifierKind::Customer,
            IdentifierKind::Email,
            IdentifierKind::Custom("a".into()),
            IdentifierKind::Custom("b".into()),
        ]
    }

    fn identifiers() -> Vec<Identifier> {
        let values = ["a", "aa", "ab", "ab1", "ab2", "b", "\u{e9}", "\u{e9}a", "\u{1f600}", "~"];
        let each = |kind: IdentifierKind| values.map(|it| Identifier::new(kind.clone(), it));
        let mut all: Vec<Identifier> = kinds().into_iter().flat_map(each).collect();
        all.sort();
        all
    }

    /// Whatever is between them, a separator parts all others as the two themselves do, and
    /// nothing shorter parts the two.
    #[test]
    fn the_shortest_that_parts_two() {
        let all = identifiers();
        for (n, below) in all.iter().enumerate() {
            for above in all.iter().skip(n + 1) {
                let separator = Separator::between(below, above);
                assert!(!separator.is_up_to(below) && separator.is_up_to(above));
                for other in &all {
                    if other <= below || other >= above {
                        assert_eq!(separator.is_up_to(other), other >= above, "{below:?}");
                    }
                }
                let Some((_, shorter)) = separator.value.split_last() else { continue };
                let shorter = Separator { value: shorter.into(), ..separator.clone() };
                assert!(shorter.is_up_to(below), "something shorter parts them");
            }
        }
    }

    #[test]
    fn an_edge_is_by_figure_first() {
        let who: Identifier = "b".into();
        let separator = |at: &str| {
            Some(Separator { kind: IdentifierKind::Customer, value: at.as_bytes().into() })
        };
        let above = |edge: Edge| [2, 3, 4].map(|figure| edge.is_below(figure, &who));
        assert_eq!(above(Edge::At(3, None)), [false, true, true]);
        assert_eq!(above(Edge::At(3, separator("b"))), [false, true, true]);
        assert_eq!(above(Edge::At(3, separator("b1"))), [false, false, true]);
        assert_eq!(above(Edge::Bottom), [true; 3]);
        assert_eq!(above(Edge::Top), [false; 3]);
        assert!(!Cut::NOBODY.holds(i64::MAX, &who));
    }

    #[test]
    fn nobody_is_printed() {
        let separator = Separator::between(&"kanariea".into(), &"kanarieb".into());
        assert_eq!(format!("{separator:?}"), "Separator(customer, ..)");
    }
}
