//! The register of papers: what a centre or a unit issued and what it received, by number and symbol (`10/BC-TTHTCĐ`).
//!
//! Whoever issues papers says how they are numbered within a year (Article 15 of Decree 30/2020/NĐ-CP): in one row, or one
//! for each kind. A number is therefore taken once within a register, a year and a symbol. Received papers get an arrival
//! number, in one row for the year (Article 22).

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use validator::Validate;

use crate::Coded;
use crate::centre::is_plausible;
use crate::id::{CentreId, DocumentId, FileId, PlanId, RatingId, UnitId};
use crate::problem::{Code, Fault, Faults, Problem};
use crate::record::{Holder, Record};
use crate::text::{Label, fold, is_plain, tidy};
use crate::user::{named, plain};

coded! {
    /// Whether a paper was issued or received.
    pub enum DocumentDirection in "document_direction" {
        /// Văn bản đến.
        Incoming = "incoming" ("văn bản đến", "incoming"),
        /// Văn bản đi.
        Outgoing = "outgoing" ("văn bản đi", "outgoing"),
    }
}

coded! {
    /// What kind of paper it is.
    pub enum DocumentKind in "document_kind" {
        /// QĐ
        Decision = "decision" ("quyết định", "decision"),
        /// KH
        Plan = "plan" ("kế hoạch", "plan"),
        /// BC
        Report = "report" ("báo cáo", "report"),
        /// Công văn.
        Dispatch = "dispatch" ("công văn", "dispatch"),
        /// TB
        Notice = "notice" ("thông báo", "notice"),
        /// GM
        Invitation = "invitation" ("giấy mời", "invitation"),
        /// BB
        Minutes = "minutes" ("biên bản", "minutes"),
        /// TTr
        Proposal = "proposal" ("tờ trình", "proposal"),
        /// HD
        Guidance = "guidance" ("hướng dẫn", "guidance"),
        /// CTr
        Programme = "programme" ("chương trình", "programme"),
        /// CT
        Directive = "directive" ("chỉ thị", "directive"),
        /// NQ
        Resolution = "resolution" ("nghị quyết", "resolution"),
        /// QC
        Regulation = "regulation" ("quy chế, quy định", "regulation"),
        /// HĐ
        Contract = "contract" ("hợp đồng", "contract"),
        /// Luật, nghị định, thông tư …
        Law = "law" ("văn bản quy phạm pháp luật", "law, decree or circular"),
        /// Khác.
        Other = "other" ("văn bản khác", "other"),
    }
}

coded! {
    /// Of which level or kind of body the issuer is.
    pub enum IssuerLevel in "issuer_level" {
        /// Quốc hội, Chính phủ, các bộ.
        Nation = "nation" ("trung ương", "nation"),
        /// Tỉnh, thành phố, sở.
        Province = "province" ("cấp tỉnh", "province"),
        /// Huyện, phòng (đến 30/6/2025).
        District = "district" ("cấp huyện", "district"),
        /// Xã, phường, thị trấn.
        Commune = "commune" ("cấp xã", "commune"),
        /// Trung tâm.
        Centre = "centre" ("trung tâm học tập cộng đồng", "centre"),
        /// Hội Khuyến học và các đoàn thể.
        Association = "association" ("hội, đoàn thể", "association or mass organisation"),
        /// Đơn vị khác.
        Other = "other" ("đơn vị khác", "other body"),
    }
}

/// How a paper stands in the register: told by the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Registered {
    /// Number and symbol as people write them; of an incoming paper as its issuer did. `null` where it has none.
    #[schema(example = "10/BC-TTHTCĐ")]
    pub reference: Option<String>,
    /// The year of the register that it stands in: of the signing of an outgoing paper, of the arrival of an incoming one.
    #[schema(example = 2018)]
    pub register_year: i32,
}

/// A paper that a centre or a unit issued or received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<DocumentId>,
    /// The centre whose register it stands in …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or the unit; everybody of the province reads that.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// Received or issued. An incoming paper needs `arrived_on` and `issuer`, an outgoing one `signed_on`, `number` and `symbol`.
    pub direction: DocumentDirection,
    /// Decision, plan, report …
    pub kind: DocumentKind,
    /// Of an outgoing paper: its number, taken once within the register, the year and the symbol. Minutes may have none.
    #[serde(default)]
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999)]
    pub number: Option<i64>,
    /// Of an outgoing paper: what follows the number.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 40)]
    pub symbol: Option<String>,
    /// Of an incoming paper: its issuer's number and symbol, as printed.
    #[serde(default)]
    #[validate(length(min = 1, max = 60), custom(function = "named"))]
    #[schema(example = "1172/UBND-GD", min_length = 1, max_length = 60)]
    pub issuer_number: Option<String>,
    /// Of an incoming paper: its number in the register of arrivals, taken once a year.
    #[serde(default)]
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999)]
    pub arrival_number: Option<i64>,
    /// Of an incoming paper: the day it arrived.
    #[serde(default)]
    #[schema(example = "2020-02-21")]
    pub arrived_on: Option<NaiveDate>,
    /// The day it was signed.
    #[serde(default)]
    #[schema(example = "2020-02-19")]
    pub signed_on: Option<NaiveDate>,
    /// Who issued it; blank for an outgoing paper of whoever keeps the register.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "UBND tỉnh Thừa Thiên Huế", min_length = 1, max_length = 200)]
    pub issuer: Option<String>,
    /// Of which level or kind of body the issuer is.
    #[serde(default)]
    pub issuer_level: Option<IssuerLevel>,
    /// What it is about (trích yếu).
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(example = "Báo cáo kết quả hoạt động năm 2018", min_length = 1, max_length = 500)]
    pub subject: String,
    /// The bodies that it is sent to (nơi nhận).
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub recipients: Vec<String>,
    /// Who signed it.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 120)]
    pub signer: Option<String>,
    /// As what they signed.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "Giám đốc", min_length = 1, max_length = 120)]
    pub signer_post: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub keywords: Vec<String>,
    /// The paper itself: a stored file of the centre, or, for a unit, of a centre that lies in it.
    #[serde(default)]
    pub file_id: Option<FileId>,
    /// The plan that it is, or is about.
    #[serde(default)]
    pub plan_id: Option<PlanId>,
    /// The rating that it is evidence in. Named while the rating is open; once that is decided the paper stays as it is.
    #[serde(default)]
    pub rating_id: Option<RatingId>,
    /// The criterion of the rating's scheme that it is evidence for.
    #[serde(default)]
    #[validate(length(min = 1, max = 20), custom(function = "plain"))]
    #[schema(min_length = 1, max_length = 20)]
    pub criterion: Option<String>,
    /// The paper of the same register that it answers.
    #[serde(default)]
    pub answers_id: Option<DocumentId>,
    /// The paper of the same register that it replaces.
    #[serde(default)]
    pub replaces_id: Option<DocumentId>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// How it stands in the register.
    #[serde(flatten, skip_deserializing)]
    #[schema(ignore)]
    pub registered: Registered,
}

/// A number with its symbol, as people write it: of one digit with a zero before it (Decree 30/2020/NĐ-CP).
pub fn written(number: i64, symbol: &str) -> String {
    format!("{number:02}/{}", tidy(symbol))
}

/// What symbols are compared by: `kh-tthtcđ` is no other one than `KH-TTHTCĐ`.
pub fn symbol_key(symbol: &str) -> String {
    tidy(symbol).to_uppercase()
}

impl Document {
    /// The day that it stands in the register by. `None` breaks a rule that [`Record::check`] names.
    pub fn registered_on(&self) -> Option<NaiveDate> {
        match self.direction {
            DocumentDirection::Incoming => self.arrived_on,
            DocumentDirection::Outgoing => self.signed_on,
        }
    }

    /// The paper with what the server tells of it.
    pub fn registered(self) -> Self {
        let own = self.number.zip(self.symbol.as_deref()).map(|(number, symbol)| written(number, symbol));
        let registered = Registered {
            reference: own.or_else(|| self.issuer_number.clone()),
            register_year: self.registered_on().map_or(0, |day| day.year()),
        };
        Self { registered, ..self }
    }

    /// What a search compares: reference, subject, issuer and keywords, without case and diacritics.
    pub fn search_text(&self) -> String {
        let texts = [self.registered.reference.as_deref(), Some(self.subject.as_str()), self.issuer.as_deref()];
        let keywords = self.keywords.iter().map(String::as_str);
        fold(&texts.into_iter().flatten().chain(keywords).collect::<Vec<_>>().join(" "))
    }

    /// What a decided rating rests on, member by member.
    fn sealed(&self) -> [(&'static str, serde_json::Value); 11] {
        let value = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
        [
            ("/direction", value(serde_json::to_value(self.direction))),
            ("/kind", value(serde_json::to_value(self.kind))),
            ("/number", value(serde_json::to_value(self.number))),
            ("/symbol", value(serde_json::to_value(&self.symbol))),
            ("/issuer_number", value(serde_json::to_value(&self.issuer_number))),
            ("/signed_on", value(serde_json::to_value(self.signed_on))),
            ("/issuer", value(serde_json::to_value(&self.issuer))),
            ("/subject", value(serde_json::to_value(&self.subject))),
            ("/file_id", value(serde_json::to_value(self.file_id))),
            ("/rating_id", value(serde_json::to_value(self.rating_id))),
            ("/criterion", value(serde_json::to_value(&self.criterion))),
        ]
    }

    /// The members that differ from `before` and that a decided rating rests on.
    pub fn unsealed(&self, before: &Self) -> Vec<&'static str> {
        let pairs = self.sealed().into_iter().zip(before.sealed());
        pairs.filter(|((_, now), (_, then))| now != then).map(|((pointer, _), _)| pointer).collect()
    }

    /// The refusal of a number that another paper of the register has, with the next one of its row.
    pub fn number_taken(&self, other: DocumentId, by: &Self, next: i64) -> Problem {
        let year = self.registered.register_year;
        let (vi, en, basis, pointer) = match self.direction {
            DocumentDirection::Outgoing => {
                let reference = self.registered.reference.clone().unwrap_or_default();
                (reference.clone(), reference, "Nghị định 30/2020/NĐ-CP, Điều 15", "/number")
            }
            DocumentDirection::Incoming => {
                let number = self.arrival_number.unwrap_or_default();
                let (vi, en) = (format!("đến {number}"), format!("{number} of arrivals"));
                (vi, en, "Nghị định 30/2020/NĐ-CP, Điều 22", "/arrival_number")
            }
        };
        let day = by.registered_on().map(|day| day.format("%d/%m/%Y").to_string()).unwrap_or_default();
        let subject = &by.subject;
        Problem::new(Code::AlreadyExists)
            .detail(
                format!("Số {vi} của năm {year} đã cấp cho văn bản «{subject}» ngày {day}. Trong một năm, mỗi số của một ký hiệu (hoặc của sổ đến) chỉ cấp một lần; số tiếp theo là {next}."),
                format!("Number {en} of {year} was given to “{subject}” of {day}. Within a year each number of a symbol, or of the arrivals, is given once; the next one is {next}."),
            )
            .basis(basis)
            .with("pointer", pointer)
            .with("document", serde_json::json!({ "id": other, "reference": by.registered.reference, "subject": subject, "registered_on": by.registered_on() }))
            .with("next_number", next)
    }
}

/// The number that a report or a plan bears, to be held against the register: what has the same number there must be its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BorneNumber {
    /// What it is.
    pub kind: DocumentKind,
    /// The number.
    pub number: i64,
    /// The symbol.
    pub symbol: String,
    /// The day it was signed.
    pub signed_on: NaiveDate,
    /// What it is called.
    pub title: String,
    /// Where it is read, once it is stored.
    pub link: Option<String>,
}

impl BorneNumber {
    /// Number and symbol of a reference as people write it, `06/KH-TTHTCĐ`; `None` for what has no number before its symbol.
    pub fn parse(reference: &str) -> Option<(i64, String)> {
        let (number, symbol) = reference.split_once('/')?;
        let symbol = tidy(symbol);
        Some((number.trim().parse().ok().filter(|number| *number > 0)?, symbol)).filter(|(_, symbol)| !symbol.is_empty())
    }

    /// As people write it.
    pub fn reference(&self) -> String {
        written(self.number, &self.symbol)
    }

    /// Whether a paper of the same register has the number in the year.
    pub fn is_of(&self, document: &Document) -> bool {
        let same = document.number == Some(self.number)
            && document.symbol.as_deref().is_some_and(|symbol| symbol_key(symbol) == symbol_key(&self.symbol));
        same && document.signed_on.is_some_and(|day| day.year() == self.signed_on.year())
    }

    /// Whether the paper that has the number is the entry of this one: of the same kind, and signed on the same day.
    fn is_entered_as(&self, document: &Document) -> bool {
        self.kind == document.kind && document.signed_on == Some(self.signed_on)
    }

    /// Refuses a paper of the register that takes the number for something else.
    ///
    /// # Errors
    /// `already_exists` with what has the number.
    pub fn check_document(&self, document: &Document) -> crate::problem::Result<()> {
        if !self.is_of(document) || self.is_entered_as(document) {
            return Ok(());
        }
        let (reference, day, label) = (self.reference(), self.signed_on.format("%d/%m/%Y"), self.kind.label());
        let title = &self.title;
        Err(Problem::new(Code::AlreadyExists)
            .detail(
                format!("Số {reference} đã dùng cho {} «{title}» ký ngày {day}. Trong một năm, mỗi số của một ký hiệu chỉ cấp một lần; nếu đây chính là văn bản đó thì ghi cùng loại và cùng ngày ký.", label.vi),
                format!("Number {reference} is that of the {} “{title}”, signed on {day}. Within a year each number of a symbol is given once; if this is that paper, give its kind and its day of signing.", label.en),
            )
            .basis("Nghị định 30/2020/NĐ-CP, Điều 15")
            .with("pointer", "/number")
            .with("used_by", serde_json::json!({ "kind": self.kind, "reference": reference, "signed_on": self.signed_on, "link": self.link })))
    }

    /// Refuses this number where the register gave it to something else.
    ///
    /// # Errors
    /// `already_exists` with the paper that has it.
    pub fn check_against(&self, entry: Option<&crate::record::Kept<Document>>) -> crate::problem::Result<()> {
        let Some(entry) = entry.filter(|entry| self.is_of(&entry.content) && !self.is_entered_as(&entry.content)) else {
            return Ok(());
        };
        let (reference, subject) = (self.reference(), &entry.content.subject);
        let day = entry.content.signed_on.map(|day| day.format("%d/%m/%Y").to_string()).unwrap_or_default();
        Err(Problem::new(Code::AlreadyExists)
            .detail(
                format!("Sổ văn bản đã cấp số {reference} cho «{subject}» ký ngày {day}. Trong một năm, mỗi số của một ký hiệu chỉ cấp một lần; nếu đó chính là văn bản này thì sửa loại và ngày ký cho khớp."),
                format!("The register gave number {reference} to “{subject}”, signed on {day}. Within a year each number of a symbol is given once; if that is this very paper, let its kind and day of signing agree."),
            )
            .basis("Nghị định 30/2020/NĐ-CP, Điều 15")
            .with("pointer", "/number")
            .with("document", serde_json::json!({ "id": entry.id, "reference": reference, "subject": subject, "registered_on": entry.content.signed_on })))
    }
}

fn check_texts(faults: &mut Faults, at: &str, texts: &[String], longest: usize) {
    for (place, text) in texts.iter().enumerate() {
        if !(1..=longest).contains(&text.trim().chars().count()) || !is_plain(text) {
            let detail =
                Label::new(format!("Mỗi mục có từ 1 đến {longest} ký tự."), format!("Each entry has 1 to {longest} characters."));
            faults.push(Fault::body(format!("{at}/{place}"), "length", detail));
        }
    }
}

impl Record for Document {
    type Id = DocumentId;
    const SUBJECT: &'static str = "document";
    const PLURAL: &'static str = "documents";
    const NAME: (&'static str, &'static str) = ("văn bản", "document");

    fn own_id(&self) -> Option<DocumentId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        match self.direction {
            DocumentDirection::Outgoing => {
                faults.check(
                    self.signed_on.is_some(),
                    "/signed_on",
                    "outgoing_signed_on",
                    "Văn bản đi phải có ngày ký: số được cấp theo năm ký.",
                    "An outgoing paper has the day of its signing: numbers are given by that year.",
                );
                let is_whole = self.number.is_some() == self.symbol.is_some();
                faults.check(
                    is_whole && (self.number.is_some() || self.kind == DocumentKind::Minutes),
                    if self.number.is_none() { "/number" } else { "/symbol" },
                    "number_and_symbol",
                    "Văn bản đi phải có số và ký hiệu, ví dụ 10 và BC-TTHTCĐ; chỉ biên bản được để trống cả hai.",
                    "An outgoing paper has a number and a symbol, such as 10 and BC-TTHTCĐ; only minutes may leave out both.",
                );
                for (given, pointer) in [
                    (self.issuer_number.is_some(), "/issuer_number"),
                    (self.arrival_number.is_some(), "/arrival_number"),
                    (self.arrived_on.is_some(), "/arrived_on"),
                ] {
                    faults.check(
                        !given,
                        pointer,
                        "of_incoming_only",
                        "Chỉ văn bản đến mới có mục này.",
                        "Only an incoming paper has this.",
                    );
                }
            }
            DocumentDirection::Incoming => {
                faults.check(
                    self.arrived_on.is_some(),
                    "/arrived_on",
                    "incoming_arrived_on",
                    "Văn bản đến phải có ngày đến.",
                    "An incoming paper has the day of its arrival.",
                );
                faults.check(
                    self.issuer.is_some(),
                    "/issuer",
                    "incoming_issuer",
                    "Văn bản đến phải có cơ quan ban hành.",
                    "An incoming paper says who issued it.",
                );
                for (given, pointer) in [(self.number.is_some(), "/number"), (self.symbol.is_some(), "/symbol")] {
                    faults.check(
                        !given,
                        pointer,
                        "of_outgoing_only",
                        "Số, ký hiệu do nơi gửi cấp thì ghi vào issuer_number; number và symbol chỉ dùng cho văn bản đi.",
                        "What the sender numbered goes to issuer_number; number and symbol are for outgoing papers.",
                    );
                }
                faults.check(
                    self.signed_on.zip(self.arrived_on).is_none_or(|(signed, arrived)| signed <= arrived),
                    "/arrived_on",
                    "dates_in_order",
                    "Văn bản không thể đến trước ngày ký.",
                    "A paper does not arrive before it was signed.",
                );
            }
        }
        for (day, pointer) in [(self.signed_on, "/signed_on"), (self.arrived_on, "/arrived_on")] {
            faults.check(
                day.is_none_or(|day| is_plausible(day, today) && day <= today),
                pointer,
                "not_in_future",
                "Ngày phải từ năm 1990 và không sau hôm nay.",
                "The day lies between 1990 and today.",
            );
        }
        if let Some(symbol) = &self.symbol {
            let fits = symbol.chars().all(|c| c.is_alphanumeric() || "-/&.".contains(c));
            faults.check(
                fits && symbol.starts_with(char::is_alphanumeric),
                "/symbol",
                "document_symbol",
                "Ký hiệu chỉ gồm chữ, số và «-», «/», «&», «.», bắt đầu bằng chữ hoặc số; ví dụ BC-TTHTCĐ.",
                "A symbol has letters, digits, “-”, “/”, “&” and “.” only, and begins with a letter or digit: BC-TTHTCĐ.",
            );
        }
        faults.check(
            self.criterion.is_none() || self.rating_id.is_some(),
            "/criterion",
            "criterion_of_rating",
            "Nêu tiêu chí thì phải nêu hồ sơ xếp loại.",
            "A criterion is one of a rating: name that as well.",
        );
        check_texts(faults, "/recipients", &self.recipients, 200);
        check_texts(faults, "/keywords", &self.keywords, 60);
    }

    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        Registered::schemas(schemas);
        crate::record::members_of::<Registered>()
    }
}

/// A row of numbers of a register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NumberRow {
    /// The symbol; `null` for the arrivals.
    #[schema(example = "BC-TTHTCĐ")]
    pub symbol: Option<String>,
    /// How many papers of the register have a number in it.
    pub papers: i64,
    /// The last number that was given, by the register or to a report or a plan; `null` where none was.
    pub last: Option<i64>,
    /// The next one.
    pub next: i64,
    /// The next one as people write it; `null` for the arrivals.
    #[schema(example = "11/BC-TTHTCĐ")]
    pub next_reference: Option<String>,
}

impl NumberRow {
    /// A row in which so many papers have numbers up to `last`.
    pub fn of(symbol: Option<String>, papers: i64, last: Option<i64>) -> Self {
        let next = last.unwrap_or(0) + 1;
        let next_reference = symbol.as_deref().map(|symbol| written(next, symbol));
        Self { symbol, papers, last, next, next_reference }
    }

    /// Passes over the numbers that reports and plans bear without an entry in the register.
    pub fn add(rows: &mut Vec<Self>, borne: &[BorneNumber]) {
        for it in borne {
            let key = symbol_key(&it.symbol);
            let own = |row: &&mut Self| row.symbol.as_deref().is_some_and(|symbol| symbol_key(symbol) == key);
            match rows.iter_mut().find(own) {
                Some(row) => *row = Self::of(row.symbol.take(), row.papers, row.last.max(Some(it.number))),
                None => rows.push(Self::of(Some(it.symbol.clone()), 0, Some(it.number))),
            }
        }
        rows.sort_by_cached_key(|row| row.symbol.as_deref().map(symbol_key));
    }
}

/// The numbers of a register in a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DocumentNumbers {
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// Arrivals.
    pub incoming: NumberRow,
    /// What was issued, by symbol.
    pub outgoing: Vec<NumberRow>,
    /// The next number for whoever numbers all kinds in one row: after the highest of them.
    #[schema(example = 11)]
    pub next_of_all: i64,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document(members: Value) -> Document {
        let mut value = json!({ "direction": "outgoing", "kind": "report", "number": 10, "symbol": "BC-TTHTCĐ", "signed_on": "2018-11-26",
            "subject": "Báo cáo năm 2018" });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(value).unwrap()
    }

    fn rules(document: &Document) -> Vec<(String, &'static str)> {
        let mut faults = Faults::default();
        document.check(&mut faults, "2020-06-01".parse().unwrap());
        let problem = faults.into_result().err();
        problem.into_iter().flat_map(|problem| problem.faults).map(|fault| (fault.pointer, fault.rule)).collect()
    }

    #[test]
    fn a_number_is_written_as_the_decree_says() {
        for (number, symbol, expected) in [
            (6, "KH-TTHTCĐ", "06/KH-TTHTCĐ"),
            (10, "BC-TTHTCĐ", "10/BC-TTHTCĐ"),
            (99, "KH", "99/KH"),
            (1172, "UBND-GD", "1172/UBND-GD"),
        ] {
            assert_eq!(written(number, symbol), expected);
        }
        assert_eq!(symbol_key("kh-tthtcđ"), symbol_key("KH-TTHTCĐ"));
        assert_eq!(
            document(json!({})).registered().registered,
            Registered { reference: Some("10/BC-TTHTCĐ".into()), register_year: 2018 }
        );
    }

    #[test]
    fn each_direction_has_what_its_register_asks_for() {
        let incoming = json!({ "direction": "incoming", "number": null, "symbol": null, "signed_on": "2020-02-19", "issuer": "UBND tỉnh",
            "issuer_number": "1172/UBND-GD", "arrived_on": "2020-02-21", "arrival_number": 12 });
        let with = |members: Value| {
            let mut value = incoming.clone();
            value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            value
        };
        for (members, expected) in [
            (json!({}), vec![]),
            (json!({ "number": null }), vec![("/number", "number_and_symbol")]),
            (json!({ "symbol": null }), vec![("/symbol", "number_and_symbol")]),
            (json!({ "number": null, "symbol": null }), vec![("/number", "number_and_symbol")]),
            (json!({ "number": null, "symbol": null, "kind": "minutes" }), vec![]),
            (json!({ "signed_on": null }), vec![("/signed_on", "outgoing_signed_on")]),
            (json!({ "signed_on": "2020-06-02" }), vec![("/signed_on", "not_in_future")]),
            (json!({ "arrival_number": 1 }), vec![("/arrival_number", "of_incoming_only")]),
            (json!({ "symbol": "BC TTHTCĐ" }), vec![("/symbol", "document_symbol")]),
            (json!({ "symbol": "-BC" }), vec![("/symbol", "document_symbol")]),
            (json!({ "criterion": "A1" }), vec![("/criterion", "criterion_of_rating")]),
            (json!({ "recipients": ["UBND phường", ""] }), vec![("/recipients/1", "length")]),
            (with(json!({})), vec![]),
            (with(json!({ "arrival_number": null, "issuer_number": null, "signed_on": null })), vec![]),
            (with(json!({ "arrived_on": null })), vec![("/arrived_on", "incoming_arrived_on")]),
            (with(json!({ "issuer": null })), vec![("/issuer", "incoming_issuer")]),
            (with(json!({ "number": 3 })), vec![("/number", "of_outgoing_only")]),
            (with(json!({ "signed_on": "2020-02-22" })), vec![("/arrived_on", "dates_in_order")]),
        ] {
            let found = rules(&document(members.clone()));
            let found: Vec<_> = found.iter().map(|(at, rule)| (at.as_str(), *rule)).collect();
            assert_eq!(found, expected, "{members}");
        }
    }

    #[test]
    fn what_a_rating_rests_on_is_told_member_by_member() {
        let before = document(json!({}));
        let after = document(json!({ "number": 11, "note": "đã đính chính", "keywords": ["báo cáo"] }));
        assert_eq!(after.unsealed(&before), ["/number"]);
        assert!(
            document(json!({ "note": "x", "recipients": ["UBND phường"], "signer": "Trần Văn A" })).unsealed(&before).is_empty()
        );
    }

    #[test]
    fn the_next_number_follows_the_last_one() {
        let row = NumberRow::of(Some("KH-TTHTCĐ".into()), 2, Some(8));
        assert_eq!((row.next, row.next_reference.as_deref()), (9, Some("09/KH-TTHTCĐ")));
        assert_eq!(NumberRow::of(None, 0, None).next, 1);
    }
}
