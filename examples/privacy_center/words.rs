//! What is said between the documents, in both languages.

use confidant::Level;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Language {
    En,
    Ru,
}

pub(crate) struct Words(Language);

/// The key, English, Russian.
const SAID: [(&str, &str, &str); 25] = [
    ("notice", "1. The privacy notice", "1. Политика обработки персональных данных"),
    (
        "notice.about",
        "Generated from the very policy that is enforced, under the law of Great Britain.",
        "Составлена по тем же правилам, которые исполняет программа, по праву Великобритании.",
    ),
    (
        "rules",
        "2. The rules of recommendations",
        "2. Правила применения рекомендательных технологий",
    ),
    ("page", "3. The household's own page", "3. Личная страница домохозяйства"),
    ("use", "4. What is collected, and what it is good for", "4. Что собирается и для чего служит"),
    ("levels", "5. One question at four levels", "5. Один вопрос на четырёх уровнях"),
    (
        "levels.about",
        "The home page of the web shop, asked again after each word of the household.",
        "Главная страница магазина: вопрос задан снова после каждого решения домохозяйства.",
    ),
    ("withdrawal", "6. Withdrawn", "6. Согласие отозвано"),
    (
        "withdrawal.done",
        "One call, as giving was; in force, and forgotten by what others learned, before it returned.",
        "Один вызов, как и при согласии; действует сразу, и статистика уже без этих данных.",
    ),
    ("export", "7. Taken along", "7. Данные с собой"),
    ("export.bytes", "bytes of JSON in all", "байт JSON всего"),
    ("declared", "told by the household itself", "сообщено самим домохозяйством"),
    ("observed", "observed by the shop", "получено магазином"),
    ("inferred", "worked out from other data", "выведено из других данных"),
    ("erasure", "8. Erased", "8. Данные удалены"),
    (
        "erasure.equal",
        "What is left of the statistics is to the bit what an engine learned that never saw it:",
        "Статистика до бита равна той, что получена без этого домохозяйства:",
    ),
    (
        "erasure.stays",
        "{n} late lines and a bought list were refused: who was erased stays erased.",
        "Отклонены запоздалые строки ({n}) и купленный список: удалённые данные не возвращаются.",
    ),
    (
        "ledger.whole",
        "The ledger of consents holds against the checkpoint from before:",
        "Журнал согласий сходится с контрольной точкой:",
    ),
    ("proofs", "9. Proofs, on the same data", "9. Доказательства на тех же данных"),
    (
        "proofs.pairs",
        "pairs of worlds that differ only in what a household does not allow: every answer equal, byte for byte",
        "пар миров, различных лишь в том, чего домохозяйство не разрешило: все ответы равны до байта",
    ),
    (
        "proofs.shown",
        "pairs that differ in what it allows: the answers differ",
        "пар, различных в разрешённом: ответы различаются",
    ),
    ("proofs.leak", "planted leak", "подсаженная утечка"),
    ("proofs.found", "found in pair", "найдена в паре"),
    ("machines", "In one line, for machines", "Одной строкой, для машин"),
    ("more", "... and {n} lines more", "... и ещё строк: {n}"),
];

impl Words {
    pub(crate) fn of(language: Language) -> Self {
        Self(language)
    }

    /// The tag of the language.
    pub(crate) fn tag(&self) -> &'static str {
        match self.0 {
            Language::En => "en",
            Language::Ru => "ru",
        }
    }

    pub(crate) fn say<'a>(&self, key: &'a str) -> &'a str {
        let said = SAID.iter().find(|(known, ..)| *known == key);
        said.map_or(key, |(_, english, russian)| match self.0 {
            Language::En => english,
            Language::Ru => russian,
        })
    }

    pub(crate) fn with(&self, key: &str, n: usize) -> String {
        self.say(key).replace("{n}", &n.to_string())
    }

    pub(crate) fn level(&self, level: Level) -> &'static str {
        match (self.0, level) {
            (Language::En, level) => level.describe(),
            (Language::Ru, Level::Off) => "одинаково для всех",
            (Language::Ru, Level::Contextual) => "только это посещение",
            (Language::Ru, Level::OwnHistory) => "моя история",
            (Language::Ru, Level::Collaborative) => "моя история, также в помощь другим",
        }
    }
}
