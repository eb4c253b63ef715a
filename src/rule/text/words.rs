//! The words of the language: what they stand for, and which one is meant by a word that is
//! none.

use crate::event::Kind;
use crate::rule::lifecycle::Stage;
use crate::types::CalendarUnit;

/// Words that stand for something wherever they are bare: a name or a text that is one of
/// them stands in quotes.
const RESERVED: [&str; 35] = [
    "ago", "all", "always", "amount", "and", "any", "anything", "as", "average", "between",
    "contains", "days", "exists", "false", "first", "from", "has", "if", "in", "item", "largest",
    "last", "most", "never", "not", "of", "on", "or", "session", "smallest", "stage", "sum", "to",
    "total", "true",
];

/// What a condition may begin with, but for names.
pub(super) const BEGINNINGS: [&str; 27] = [
    "all",
    "always",
    "any",
    "average",
    "bucket",
    "categories",
    "channels",
    "cluster",
    "count",
    "days",
    "first",
    "items",
    "largest",
    "last",
    "most",
    "never",
    "not",
    "orders",
    "points",
    "quantity",
    "rank",
    "ratio",
    "sequence",
    "session",
    "smallest",
    "sum",
    "total",
];

/// Other words for our kinds of behaviour: the verbs and nouns that people say for them.
const SAID: [(&str, Kind); 47] = [
    ("view", Kind::Viewed),
    ("search", Kind::Searched),
    ("add_to_basket", Kind::AddedToBasket),
    ("purchase", Kind::Purchased),
    ("buy", Kind::Purchased),
    ("bought", Kind::Purchased),
    ("return", Kind::Returned),
    ("visit", Kind::VisitedStore),
    ("visit_store", Kind::VisitedStore),
    ("store_visit", Kind::VisitedStore),
    ("contact_support", Kind::ContactedSupport),
    ("support_contact", Kind::ContactedSupport),
    ("complain", Kind::Complained),
    ("complaint", Kind::Complained),
    ("rate", Kind::Rated),
    ("rating", Kind::Rated),
    ("share", Kind::Shared),
    ("open", Kind::Opened),
    ("click", Kind::Clicked),
    ("accept", Kind::Accepted),
    ("acceptance", Kind::Accepted),
    ("dismiss", Kind::Dismissed),
    ("dismissal", Kind::Dismissed),
    ("cancel", Kind::Cancelled),
    ("canceled", Kind::Cancelled),
    ("cancellation", Kind::Cancelled),
    ("deliver", Kind::Delivered),
    ("delivery", Kind::Delivered),
    ("delivery_failure", Kind::DeliveryFailed),
    ("pay", Kind::Paid),
    ("payment", Kind::Paid),
    ("payment_failure", Kind::PaymentFailed),
    ("resolve", Kind::Resolved),
    ("resolution", Kind::Resolved),
    ("register", Kind::Registered),
    ("registration", Kind::Registered),
    ("dispose", Kind::Disposed),
    ("disposal", Kind::Disposed),
    ("meter", Kind::Metered),
    ("meter_reading", Kind::Metered),
    ("post", Kind::Posted),
    ("review", Kind::Posted),
    ("sense", Kind::Sensed),
    ("sensor_reading", Kind::Sensed),
    ("show", Kind::Shown),
    ("showing", Kind::Shown),
    ("impression", Kind::Shown),
];

/// The stages of a lifecycle by their names.
pub(super) const STAGES: [(&str, Stage); 7] = [
    ("new", Stage::New),
    ("active", Stage::Active),
    ("growing", Stage::Growing),
    ("declining", Stage::Declining),
    ("at_risk", Stage::AtRisk),
    ("lapsed", Stage::Lapsed),
    ("won_back", Stage::WonBack),
];

/// Units of the calendar: of one, of several, and about how many days.
pub(super) const CALENDAR: [(&str, &str, CalendarUnit, u32); 5] = [
    ("day", "days", CalendarUnit::Day, 1),
    ("week", "weeks", CalendarUnit::Week, 7),
    ("month", "months", CalendarUnit::Month, 30),
    ("quarter", "quarters", CalendarUnit::Quarter, 91),
    ("year", "years", CalendarUnit::Year, 365),
];

/// Units of lengths of time as they are read, with their milliseconds.
pub(super) const LENGTHS: [(&str, i64); 13] = [
    ("days", 86_400_000),
    ("day", 86_400_000),
    ("weeks", 604_800_000),
    ("week", 604_800_000),
    ("hours", 3_600_000),
    ("hour", 3_600_000),
    ("minutes", 60_000),
    ("minute", 60_000),
    ("seconds", 1_000),
    ("second", 1_000),
    ("ms", 1),
    ("milliseconds", 1),
    ("millisecond", 1),
];

/// The names of these units.
pub(super) const LENGTH_NAMES: [&str; 5] = ["days", "weeks", "hours", "minutes", "seconds"];

/// The names of units of the calendar, where there is one or are several.
pub(super) const CALENDAR_NAMES: [&str; 10] =
    ["day", "week", "month", "quarter", "year", "days", "weeks", "months", "quarters", "years"];

/// Whether a word is reserved, in whatever letters.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

/// Our kind of behaviour that a word stands for.
pub(super) fn kind(word: &str) -> Option<Kind> {
    let ours = Kind::BASE.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(word));
    ours.or_else(|| {
        let said = SAID.iter().find(|(said, _)| said.eq_ignore_ascii_case(word));
        said.map(|(_, kind)| kind.clone())
    })
}

/// The words for our kinds of behaviour.
pub(super) fn kinds() -> impl Iterator<Item = String> {
    let names = Kind::BASE.into_iter().map(|kind| kind.name().to_owned());
    names.chain(SAID.iter().map(|(said, _)| (*said).to_owned())).chain(["anything".to_owned()])
}

/// The unit of the calendar that a word stands for, and about how many days it has.
pub(super) fn calendar_unit(word: &str) -> Option<(CalendarUnit, u32)> {
    let is = |said: &str| said.eq_ignore_ascii_case(word);
    let unit = CALENDAR.iter().find(|(one, several, ..)| is(one) || is(several));
    unit.map(|(_, _, unit, days)| (*unit, *days))
}

/// The word that somebody may have meant: one that differs in at most a third of its letters.
pub(super) fn nearest<S: AsRef<str>>(
    word: &str,
    among: impl IntoIterator<Item = S>,
) -> Option<String> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // What is that long is no slip of the pen, and neither is what means something elsewhere.
    if length > 40 || is_reserved(&word) {
        return None;
    }
    let most = (length / 3).max(1).min(length.saturating_sub(1));
    let far = |candidate: &S| strsim::osa_distance(&word, candidate.as_ref());
    let best = among.into_iter().min_by_key(far)?;
    (far(&best) <= most).then(|| best.as_ref().to_owned())
}
