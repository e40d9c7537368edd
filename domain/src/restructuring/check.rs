//! Whether a draft fits the map, with every fault by row; and what it then does to the map.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::{MapChange, Passing, Restructuring, UnitAfter, about, districts_are_over, kind_of, may_stand_below, unit_name};
use crate::id::UnitId;
use crate::problem::{Fault, Faults, Result};
use crate::text::Label;
use crate::unit::{Extent, Level, Succession, Unit, UnitMap, UnitVersion};

/// The legal basis of there being no districts.
const NO_DISTRICTS: (&str, &str) = (
    "Từ 1/7/2025 không còn cấp huyện (Luật 72/2025/QH15): đơn vị cấp xã thuộc thẳng cấp tỉnh.",
    "There are no districts since 1 July 2025 (Law 72/2025/QH15): a commune stands directly below a province.",
);

impl Restructuring {
    /// Checks the draft against the map and works out what it does. `own` are the province units of the tenant whose draft it is;
    /// `None` for the nation's.
    ///
    /// # Errors
    /// Every fault, each at its row.
    pub fn check(&self, map: &UnitMap, own: Option<&[UnitId]>, today: NaiveDate) -> Result<MapChange> {
        self.check_days(today)?;
        let mut check = Check::new(self, map);
        check.something();
        check.units();
        check.successions();
        check.lineage();
        check.districts();
        check.parents();
        check.names();
        check.provinces(own);
        let faults = std::mem::take(&mut check.faults);
        faults.into_result()?;
        Ok(check.change())
    }
}

struct Check<'a> {
    draft: &'a Restructuring,
    map: &'a UnitMap,
    last: NaiveDate,
    /// Rows of `units` by unit.
    after: HashMap<UnitId, &'a UnitAfter>,
    /// Predecessors and districts: what ends.
    ended: BTreeSet<UnitId>,
    /// Successors of each predecessor.
    next: BTreeMap<UnitId, Vec<UnitId>>,
    /// How many predecessors each successor has, itself among them where it goes on.
    predecessors: HashMap<UnitId, usize>,
    faults: Faults,
}

impl<'a> Check<'a> {
    fn new(draft: &'a Restructuring, map: &'a UnitMap) -> Self {
        let last = draft.effective_on.pred_opt().unwrap_or(NaiveDate::MIN);
        let after: HashMap<_, _> = draft.units.iter().map(|unit| (unit.unit_id, unit)).collect();
        let ended: BTreeSet<_> =
            draft.successions.iter().map(|row| row.predecessor_id).chain(draft.ended_district_ids.iter().copied()).collect();
        let mut next: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        let mut predecessors = HashMap::new();
        for row in &draft.successions {
            next.entry(row.predecessor_id).or_default().push(row.successor_id);
            let goes_on = || usize::from(map.get(row.successor_id).is_some_and(|unit| unit.on(last).is_some()));
            *predecessors.entry(row.successor_id).or_insert_with(goes_on) += 1;
        }
        Self { draft, map, last, after, ended, next, predecessors, faults: Faults::default() }
    }

    fn fault(&mut self, pointer: String, rule: &'static str, detail: Label) {
        self.faults.push(Fault::body(pointer, rule, detail));
    }

    fn name(&self, id: UnitId) -> String {
        self.after.get(&id).map_or_else(|| unit_name(self.map, id, self.last), |unit| unit.name_vi.clone())
    }

    fn something(&mut self) {
        self.faults.check(
            !self.draft.units.is_empty() || !self.draft.successions.is_empty() || !self.draft.ended_district_ids.is_empty(),
            "/units",
            "something_changes",
            "Chưa nêu đơn vị nào thay đổi.",
            "No unit is named that changes.",
        );
    }

    /// The newest version of a unit, if it was in force on the last day and nothing later is known of it.
    fn open_version(&self, id: UnitId) -> Option<&'a UnitVersion> {
        let version = self.map.get(id)?.latest()?;
        let began = version.valid_from.is_none_or(|from| from < self.draft.effective_on);
        (began && version.valid_to.is_none()).then_some(version)
    }

    /// Says why a unit is not one that can end or change on the day.
    fn not_open(&mut self, pointer: String, id: UnitId) {
        let Some(unit) = self.map.get(id) else {
            let text = Label::fixed("Không có đơn vị này trên bản đồ.", "There is no such unit on any map.");
            return self.fault(pointer, "unit_known", text);
        };
        let since = unit.latest().filter(|version| version.valid_to.is_none()).and_then(|version| version.valid_from);
        let name = unit_name(self.map, id, self.last);
        let day = self.draft.effective_on;
        match since {
            Some(since) => {
                let label = Label::new(
                    format!("{name} đã thay đổi vào {}: ngày hiệu lực phải sau ngày đó.", since.format("%d/%m/%Y")),
                    format!("{name} changed on {since}: a restructuring takes effect after the one before it."),
                );
                self.fault(pointer, "after_the_last_change", label);
            }
            None => {
                let label = Label::new(
                    format!("{name} không còn tồn tại ngay trước ngày {}.", day.format("%d/%m/%Y")),
                    format!("{name} was not in force on the day before {day}."),
                );
                self.fault(pointer, "in_force_before", label);
            }
        }
    }

    fn units(&mut self) {
        let mut seen = HashMap::new();
        for (n, unit) in self.draft.units.iter().enumerate() {
            let at = |member: &str| format!("/units/{n}/{member}");
            if let Some(first) = seen.insert(unit.unit_id, n) {
                let label = Label::new(
                    format!("Đơn vị này đã có ở dòng {first}: một đơn vị không thể có hai tên hay thuộc hai tỉnh cùng lúc."),
                    format!("The unit stands in row {first} already: it cannot have two names or lie in two provinces at once."),
                );
                self.fault(at("unit_id"), "unit_once", label);
            }
            let level = unit.kind.level();
            if level == Level::District && districts_are_over(self.draft.effective_on) {
                self.fault(at("kind"), "no_districts", Label::fixed(NO_DISTRICTS.0, NO_DISTRICTS.1));
            }
            let digits = match level {
                Level::Province => 2,
                Level::District => 3,
                Level::Commune => 5,
            };
            if unit.code.len() != digits || !unit.code.bytes().all(|byte| byte.is_ascii_digit()) {
                let label = Label::new(
                    format!("Mã của cấp này có {digits} chữ số."),
                    format!("A code of this level has {digits} digits."),
                );
                self.fault(at("code"), "code_digits", label);
            }
            if !unit.name_vi.starts_with(unit.kind.name_prefix()) {
                let prefix = unit.kind.name_prefix().trim_end();
                let label = Label::new(
                    format!("Tên đầy đủ bắt đầu bằng loại đơn vị: «{prefix} …»."),
                    format!("A full name begins with the unit's type: “{prefix} …”."),
                );
                self.fault(at("name_vi"), "name_has_type", label);
            }
            match self.map.get(unit.unit_id) {
                None if !self.predecessors.contains_key(&unit.unit_id) => {
                    let text = "{} là đơn vị mới nhưng không có đơn vị nào đi trước: đất và người của nó từ đâu đến?";
                    let label =
                        about(&unit.name_vi, text, "{} is new and has no predecessor: where do its land and people come from?");
                    self.fault(at("unit_id"), "predecessor_needed", label);
                }
                None => {}
                Some(_) if self.open_version(unit.unit_id).is_none() => self.not_open(at("unit_id"), unit.unit_id),
                Some(known) if known.level != level => {
                    let label =
                        Label::fixed("Một đơn vị không đổi cấp; hãy lập đơn vị mới.", "A unit keeps its level; make a new one.");
                    self.fault(at("kind"), "level_stays", label);
                }
                Some(known) => {
                    let new = unit.version(self.draft.effective_on);
                    let same = known.latest().is_some_and(|old| {
                        (&old.code, old.kind, &old.name_vi, old.parent_id) == (&new.code, new.kind, &new.name_vi, new.parent_id)
                            && old.region_class == new.region_class
                    });
                    if same && !self.predecessors.contains_key(&unit.unit_id) {
                        let label = about(&unit.name_vi, "{}: không có gì thay đổi.", "{}: nothing changes.");
                        self.fault(at("unit_id"), "something_changes", label);
                    }
                }
            }
            if self.ended.contains(&unit.unit_id) {
                let label = about(
                    &unit.name_vi,
                    "{} vừa kết thúc vừa tiếp tục. Đơn vị mất một phần đất thì kết thúc; phần còn lại là đơn vị mới.",
                    "{} both ends and goes on. A unit that loses ground ends; what remains is a new unit.",
                );
                self.fault(at("unit_id"), "ends_or_goes_on", label);
            }
        }
    }

    /// The level of a unit after the day, if it is there.
    fn level_after(&self, id: UnitId) -> Option<Level> {
        if let Some(unit) = self.after.get(&id) {
            return Some(unit.kind.level());
        }
        let is_there = !self.ended.contains(&id) && self.open_version(id).is_some();
        self.map.get(id).filter(|_| is_there).map(|unit| unit.level)
    }

    fn successions(&mut self) {
        let mut seen = HashSet::new();
        let mut takers: HashMap<(UnitId, Extent), usize> = HashMap::new();
        for (n, row) in self.draft.successions.iter().enumerate() {
            let at = |member: &str| format!("/successions/{n}/{member}");
            if self.open_version(row.predecessor_id).is_none() {
                self.not_open(at("predecessor_id"), row.predecessor_id);
            }
            let old = self.map.get(row.predecessor_id).map(|unit| unit.level);
            let new = self.level_after(row.successor_id);
            if new.is_none() && !self.ended.contains(&row.successor_id) {
                let label = Label::fixed(
                    "Đơn vị kế tiếp không có trong dự thảo này và không tồn tại trên bản đồ sau ngày hiệu lực.",
                    "The successor is neither in this draft nor on the map after the day.",
                );
                self.fault(at("successor_id"), "successor_exists", label);
            }
            // Five island districts without communes became special zones themselves in 2025.
            let fits = |old: Level, new: Level| old == new || (old == Level::District && new == Level::Commune);
            if old.zip(new).is_some_and(|(old, new)| !fits(old, new)) {
                let label = Label::fixed("Đơn vị kế tiếp phải cùng cấp.", "A successor is of the same level.");
                self.fault(at("successor_id"), "same_level", label);
            }
            if !seen.insert((row.predecessor_id, row.successor_id)) {
                let label = Label::fixed("Cặp đơn vị này đã có ở dòng khác.", "The pair stands in another row already.");
                self.fault(at("successor_id"), "pair_once", label);
            }
            let is_only = self.next.get(&row.predecessor_id).is_some_and(|next| next.len() == 1);
            if is_only != (row.extent == Extent::Whole) {
                let label = Label::fixed(
                    "«Toàn bộ» dùng khi và chỉ khi đơn vị cũ có một đơn vị kế tiếp duy nhất.",
                    "The extent is whole if, and only if, the old unit has one successor.",
                );
                self.fault(at("extent"), "extent_agrees", label);
            }
            if matches!(row.extent, Extent::AllPopulation | Extent::AllArea)
                && takers.insert((row.predecessor_id, row.extent), n).is_some()
            {
                let label = Label::fixed(
                    "Toàn bộ dân số (hay diện tích) chỉ đi về một nơi.",
                    "All the population, or all the area, goes to one place only.",
                );
                self.fault(at("extent"), "extent_agrees", label);
            }
            let kind = self.kind(row);
            if let Some(kind) = row.kind.zip(kind).filter(|(said, told)| said != told).map(|(_, told)| told) {
                let label = crate::Coded::label(kind);
                let label = Label::new(
                    format!("Theo các dòng khác, đây là «{}».", label.vi),
                    format!("By the other rows this is “{}”.", label.en),
                );
                self.fault(at("kind"), "kind_agrees", label);
            }
        }
    }

    fn version_after(&self, id: UnitId) -> Option<UnitVersion> {
        let known = || self.open_version(id).cloned();
        self.after.get(&id).map(|unit| unit.version(self.draft.effective_on)).or_else(known)
    }

    fn kind(&self, row: &Passing) -> Option<crate::unit::SuccessionKind> {
        let old = self.open_version(row.predecessor_id)?;
        let new = self.version_after(row.successor_id)?;
        let successors = self.next.get(&row.predecessor_id).map_or(1, Vec::len);
        let predecessors = self.predecessors.get(&row.successor_id).copied().unwrap_or(1);
        Some(kind_of(old, &new, successors, predecessors))
    }

    /// Rows that lead back to where they began, and rows whose successor ends on the same day.
    fn lineage(&mut self) {
        for (n, row) in self.draft.successions.iter().enumerate() {
            if !self.ended.contains(&row.successor_id) {
                continue;
            }
            let (mut open, mut seen) = (vec![row.successor_id], BTreeSet::new());
            while let Some(id) = open.pop() {
                if seen.insert(id) {
                    open.extend(self.next.get(&id).into_iter().flatten());
                }
            }
            let pointer = format!("/successions/{n}/successor_id");
            if seen.contains(&row.predecessor_id) {
                let label = Label::fixed(
                    "Chuỗi kế tiếp quay vòng: đơn vị này đi trước chính nó.",
                    "The lineage runs in a circle: the unit would come before itself.",
                );
                self.fault(pointer, "no_cycle", label);
            } else {
                let name = self.name(row.successor_id);
                let label = about(
                    &name,
                    "{} cũng kết thúc vào ngày này nên không kế tiếp được.",
                    "{} ends on the same day, so it cannot take over.",
                );
                self.fault(pointer, "ends_or_goes_on", label);
            }
        }
    }

    fn districts(&mut self) {
        for (n, id) in self.draft.ended_district_ids.iter().enumerate() {
            let pointer = format!("/ended_district_ids/{n}");
            if self.map.get(*id).is_some_and(|unit| unit.level != Level::District) {
                let label = Label::fixed(
                    "Chỉ cấp huyện kết thúc mà không có đơn vị kế tiếp; tỉnh, xã phải nêu đơn vị kế tiếp.",
                    "Only districts end without a successor; provinces and communes name theirs.",
                );
                self.fault(pointer, "successor_needed", label);
            } else if self.open_version(*id).is_none() {
                self.not_open(pointer, *id);
            }
        }
    }

    fn parents(&mut self) {
        for (n, unit) in self.draft.units.iter().enumerate() {
            let pointer = format!("/units/{n}/parent_id");
            let level = unit.kind.level();
            match unit.parent_id {
                None if level == Level::Province => {}
                Some(_) if level == Level::Province => {
                    self.fault(
                        pointer,
                        "parent_level",
                        Label::fixed("Cấp tỉnh không có cấp trên.", "A province has no unit above it."),
                    );
                }
                None => {
                    self.fault(
                        pointer,
                        "parent_level",
                        Label::fixed("Phải nêu đơn vị cấp trên.", "The unit above has to be named."),
                    );
                }
                Some(parent) => match self.level_after(parent) {
                    None => {
                        let label = Label::fixed(
                            "Đơn vị cấp trên không tồn tại sau ngày hiệu lực.",
                            "The unit above is not there after the day.",
                        );
                        self.fault(pointer, "parent_exists", label);
                    }
                    Some(above) if !may_stand_below(level, above, self.draft.effective_on) => {
                        let label = if above == Level::District {
                            Label::fixed(NO_DISTRICTS.0, NO_DISTRICTS.1)
                        } else {
                            Label::fixed("Cấp trên không đúng cấp.", "The unit above is not of a level above.")
                        };
                        self.fault(pointer, "parent_level", label);
                    }
                    Some(_) => {}
                },
            }
        }
        // Whoever goes on below a unit that ends has to be told where.
        let pointers = self
            .draft
            .successions
            .iter()
            .enumerate()
            .map(|(n, row)| (row.predecessor_id, format!("/successions/{n}/predecessor_id")));
        let districts = self.draft.ended_district_ids.iter().enumerate().map(|(n, id)| (*id, format!("/ended_district_ids/{n}")));
        let pointers: BTreeMap<UnitId, String> = pointers.chain(districts).collect();
        for (id, pointer) in pointers {
            let left = self.map.children(Some(id), self.last).into_iter().map(|child| child.id);
            let left: Vec<_> = left.filter(|child| !self.ended.contains(child) && !self.after.contains_key(child)).collect();
            if let Some(first) = left.first() {
                let (name, count) = (self.name(*first), left.len());
                let label = Label::new(
                    format!("{count} đơn vị bên dưới ({name} …) chưa được nêu thuộc về đâu."),
                    format!("{count} unit(s) below it ({name} …) have no place yet."),
                );
                self.fault(pointer, "children_placed", label);
            }
        }
    }

    /// Codes are one of a kind on a day, names below a parent.
    fn names(&mut self) {
        let mut codes: HashMap<String, UnitId> = HashMap::new();
        let mut names: HashMap<(Option<UnitId>, String), UnitId> = HashMap::new();
        for unit in self.map.units() {
            let Some(version) = self.open_version(unit.id) else { continue };
            if !self.ended.contains(&unit.id) && !self.after.contains_key(&unit.id) {
                codes.insert(version.code.clone(), unit.id);
                names.insert((version.parent_id, version.name_vi.clone()), unit.id);
            }
        }
        for (n, unit) in self.draft.units.iter().enumerate() {
            if let Some(other) = codes.insert(unit.code.clone(), unit.unit_id).filter(|other| *other != unit.unit_id) {
                let name = self.name(other);
                let label = about(&name, "Mã này là của {} sau ngày hiệu lực.", "The code is {}'s after the day.");
                self.fault(format!("/units/{n}/code"), "code_once", label);
            }
            let key = (unit.parent_id, unit.name_vi.clone());
            if names.insert(key, unit.unit_id).is_some_and(|other| other != unit.unit_id) {
                let label = Label::fixed(
                    "Đơn vị cấp trên này đã có một đơn vị cùng tên.",
                    "The unit above has a unit of that name already.",
                );
                self.fault(format!("/units/{n}/name_vi"), "name_once", label);
            }
        }
    }

    /// The province that a unit of the old map is in, or is, after the day; `Err` for one that is divided.
    fn province_after(&self, id: UnitId) -> std::result::Result<Option<UnitId>, UnitId> {
        let Some(old) = self.old_province(id) else { return Ok(None) };
        match self.next.get(&old).map_or(&[][..], Vec::as_slice) {
            [] => Ok(Some(old)),
            [new] => Ok(Some(*new)),
            _ => Err(old),
        }
    }

    fn old_province(&self, id: UnitId) -> Option<UnitId> {
        let unit = self.map.get(id)?;
        if unit.level == Level::Province {
            return Some(id);
        }
        self.map.ancestors(id, self.last).last().map(|top| top.id)
    }

    /// The province above a unit of the draft, or on the map.
    fn province_above(&self, id: UnitId) -> Option<UnitId> {
        let mut id = id;
        for _ in 0..4 {
            let version = self.version_after(id)?;
            match version.parent_id {
                Some(parent) => id = parent,
                None => return Some(id),
            }
        }
        None
    }

    /// Communes change province only together with their whole province, since a centre's records lie with its province; and a
    /// province's own draft stays within the province.
    fn provinces(&mut self, own: Option<&[UnitId]>) {
        let divided = Label::fixed(
            "Một tỉnh bị chia thì hồ sơ của tỉnh không theo trọn về đâu được: hệ thống chưa hỗ trợ.",
            "The records of a province that is divided could follow nowhere as a whole: this is not supported.",
        );
        let crosses = Label::fixed(
            "Xã chỉ đổi tỉnh khi cả tỉnh cùng đổi: hồ sơ của trung tâm nằm ở tỉnh.",
            "A commune changes province only together with the whole province: its centres' records lie with the province.",
        );
        let foreign = Label::fixed(
            "Dự thảo của tỉnh chỉ gồm xã, phường của chính tỉnh; việc sáp nhập tỉnh do quản trị nền tảng lập.",
            "A province's draft holds its own communes only; provinces merge by a draft of the platform.",
        );
        let is_own = |id: Option<UnitId>| own.is_none_or(|own| id.is_some_and(|id| own.contains(&id)));
        for (n, row) in self.draft.successions.iter().enumerate() {
            let is_province = self.map.get(row.predecessor_id).is_some_and(|unit| unit.level == Level::Province);
            let before = self.province_after(row.predecessor_id);
            let pointer = format!("/successions/{n}/predecessor_id");
            if own.is_some() && (is_province || !is_own(self.old_province(row.predecessor_id))) {
                self.fault(pointer.clone(), "own_province", foreign.clone());
            }
            match before {
                Err(_) if is_province => self.fault(pointer, "province_whole", divided.clone()),
                Ok(Some(before))
                    if !is_province && self.province_above(row.successor_id).is_some_and(|after| after != before) =>
                {
                    self.fault(format!("/successions/{n}/successor_id"), "one_province", crosses.clone());
                }
                _ => {}
            }
        }
        for (n, unit) in self.draft.units.iter().enumerate() {
            let above = self.province_above(unit.unit_id);
            let is_province = unit.kind.level() == Level::Province;
            if own.is_some() && (is_province || !is_own(above)) {
                self.fault(format!("/units/{n}/parent_id"), "own_province", foreign.clone());
            }
            if self.map.get(unit.unit_id).is_none() || is_province {
                continue;
            }
            if let Ok(Some(before)) = self.province_after(unit.unit_id)
                && above.is_some_and(|above| above != before)
            {
                self.fault(format!("/units/{n}/parent_id"), "one_province", crosses.clone());
            }
        }
        for (n, id) in self.draft.ended_district_ids.iter().enumerate() {
            if own.is_some() && !is_own(self.old_province(*id)) {
                self.fault(format!("/ended_district_ids/{n}"), "own_province", foreign.clone());
            }
        }
    }

    fn change(&self) -> MapChange {
        let day = self.draft.effective_on;
        let (mut begun, mut changed) = (vec![], vec![]);
        for unit in &self.draft.units {
            let version = unit.version(day);
            if self.map.get(unit.unit_id).is_some() {
                changed.push((unit.unit_id, version));
            } else {
                begun.push(Unit { id: unit.unit_id, level: unit.kind.level(), versions: vec![version] });
            }
        }
        let succession = |row: &Passing| {
            let kind = self.kind(row)?;
            let Passing { predecessor_id, successor_id, extent, .. } = *row;
            Some(Succession { predecessor_id, successor_id, kind, extent, effective_on: day })
        };
        let successions = self.draft.successions.iter().filter_map(succession).collect();
        // A unit that gains ground and keeps everything else needs no new version.
        let unchanged = |id: &UnitId, new: &UnitVersion| {
            self.open_version(*id).is_some_and(|old| {
                let old = UnitVersion { valid_from: new.valid_from, ..old.clone() };
                old == *new
            })
        };
        changed.retain(|(id, version)| !unchanged(id, version));
        MapChange { effective_on: day, ended: self.ended.clone(), begun, changed, successions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coded;
    use crate::frameworks::{LINEAGE_CSV, UNITS_CSV};
    use crate::restructuring::lineage;
    use crate::unit::{Extent as E, Restated, UnitKind as K};
    use crate::unit_import;

    fn id(n: u128) -> UnitId {
        UnitId(uuid::Uuid::from_u128(n))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn unit(n: u128, code: &str, kind: K, name: &str, parent: Option<u128>, from: &str) -> Unit {
        let after = after(n, code, kind, name, parent);
        Unit { id: id(n), level: kind.level(), versions: vec![after.version(day(from))] }
    }

    fn after(n: u128, code: &str, kind: K, name: &str, parent: Option<u128>) -> UnitAfter {
        let parent_id = parent.map(id);
        let (code, name_vi) = (code.to_owned(), name.to_owned());
        UnitAfter { unit_id: id(n), code, kind, name_vi, name_en: None, parent_id, region_class: None }
    }

    fn passing(old: u128, new: u128, extent: E) -> Passing {
        Passing { predecessor_id: id(old), successor_id: id(new), extent, kind: None }
    }

    /// Province 1 with the communes 10, 11 and 12, province 2 with 20.
    fn map() -> UnitMap {
        let commune = |n, code, name, parent| unit(n, code, K::RuralCommune, name, Some(parent), "2025-07-01");
        UnitMap::new(
            vec![
                unit(1, "01", K::Province, "Tỉnh Một", None, "2025-07-01"),
                unit(2, "02", K::Province, "Tỉnh Hai", None, "2025-07-01"),
                commune(10, "00010", "Xã An", 1),
                commune(11, "00011", "Xã Bình", 1),
                commune(12, "00012", "Xã Cường", 1),
                commune(20, "00020", "Xã Dũng", 2),
            ],
            vec![],
        )
    }

    /// An and Bình become one ward.
    fn merger() -> Restructuring {
        Restructuring {
            id: None,
            title: "Sắp xếp".into(),
            effective_on: day("2027-01-01"),
            decision: crate::centre::Decision {
                number: "1/NQ-UBTVQH".into(),
                date: day("2026-12-01"),
                issuer: "Ủy ban Thường vụ Quốc hội".into(),
                legal_basis: None,
            },
            units: vec![after(30, "00010", K::Ward, "Phường An Bình", Some(1))],
            successions: vec![passing(10, 30, E::Whole), passing(11, 30, E::Whole)],
            ended_district_ids: vec![],
        }
    }

    fn faults(draft: &Restructuring, own: Option<&[UnitId]>) -> Vec<(String, &'static str)> {
        let problem = draft.check(&map(), own, day("2026-12-15")).unwrap_err();
        problem.faults.into_iter().map(|fault| (fault.pointer, fault.rule)).collect()
    }

    #[test]
    fn what_fits_becomes_a_change_and_history_stays() {
        let change = merger().check(&map(), Some(&[id(1)]), day("2026-12-15")).unwrap();
        let kinds: Vec<_> = change.successions.iter().map(|succession| succession.kind.code()).collect();
        assert_eq!(kinds, ["merged", "merged"]);
        let (before, after) = (map(), map().after(&change));
        assert_eq!(
            after.get(id(10)).unwrap().on(day("2026-12-31")),
            before.get(id(10)).unwrap().latest().map(|version| {
                Box::leak(Box::new(UnitVersion { valid_to: Some(day("2026-12-31")), ..version.clone() })) as &UnitVersion
            })
        );
        assert_eq!(after.get(id(10)).unwrap().on(day("2027-01-01")), None);
        let ward = after.get(id(30)).unwrap().on(day("2027-01-01")).unwrap();
        assert_eq!((&*ward.name_en, ward.region_class.unwrap().code()), ("An Binh Ward", "urban"));
        assert_eq!(after.restate(id(11), day("2027-01-01")), Restated::In(id(30)));
        assert_eq!(after.get(id(12)).unwrap().versions, before.get(id(12)).unwrap().versions);
    }

    #[test]
    fn every_kind_of_change_is_possible_and_told_by_its_name() {
        // A part of An goes to Cường, which goes on; the rest of An is a new unit with the old code and name.
        let part = Restructuring {
            units: vec![after(30, "00010", K::RuralCommune, "Xã An", Some(1))],
            successions: vec![passing(10, 30, E::AllPopulation), passing(10, 12, E::Part)],
            ..merger()
        };
        let change = part.check(&map(), Some(&[id(1)]), day("2026-12-15")).unwrap();
        let kinds: Vec<_> = change.successions.iter().map(|succession| succession.kind.code()).collect();
        assert_eq!(kinds, ["split", "part"]);
        let after_part = map().after(&change);
        assert_eq!(after_part.restate(id(10), day("2027-01-01")), Restated::In(id(30)), "all its people went there");
        assert!(!after_part.reach(id(10)).contains(&id(12)), "who had An has not all of Cường");
        assert!(after_part.reach(id(12)).iter().eq([&id(12)]), "and who has Cường has not all of An");

        let renamed =
            Restructuring {
                units: vec![after(12, "00012", K::Ward, "Phường Cường", Some(1))], successions: vec![], ..merger()
            };
        let change = renamed.check(&map(), Some(&[id(1)]), day("2026-12-15")).unwrap();
        let after_all = map().after(&change);
        let names: Vec<_> = after_all.get(id(12)).unwrap().versions.iter().map(|version| version.name_en.as_str()).collect();
        assert_eq!(names, ["Cuong Commune", "Cuong Ward"]);

        let provinces = Restructuring {
            units: vec![
                after(3, "01", K::Province, "Tỉnh Một Hai", None),
                after(10, "00010", K::RuralCommune, "Xã An", Some(3)),
                after(11, "00011", K::RuralCommune, "Xã Bình", Some(3)),
                after(12, "00012", K::RuralCommune, "Xã Cường", Some(3)),
                after(20, "00020", K::RuralCommune, "Xã Dũng", Some(3)),
            ],
            successions: vec![passing(1, 3, E::Whole), passing(2, 3, E::Whole)],
            ..merger()
        };
        let change = provinces.check(&map(), None, day("2026-12-15")).unwrap();
        let merged = map().after(&change);
        assert_eq!(merged.province_unit(id(20)), Some(id(3)));
        assert!(merged.reach(id(3)).iter().eq([id(10), id(11), id(12), id(20)].iter()));
    }

    #[test]
    fn a_grant_on_what_ended_means_what_it_meant() {
        // District-like: whoever had both An and Bình has the ward that they became; whoever had one of them has not.
        let change = merger().check(&map(), None, day("2026-12-15")).unwrap();
        let after = map().after(&change);
        assert!(!after.reach(id(10)).contains(&id(30)));
        assert!(after.reach(id(1)).contains(&id(30)));
        assert!(after.reach(id(30)).iter().eq([id(10), id(11), id(30)].iter()));
    }

    #[test]
    fn each_fault_is_named_at_its_row() {
        let m = merger;
        let own = [id(1)];
        type Case = (&'static str, Restructuring, (&'static str, &'static str));
        let with_units = |units: Vec<UnitAfter>| Restructuring { units, ..m() };
        let with_rows = |rows: Vec<Passing>| Restructuring { successions: rows, ..m() };
        let ward = || after(30, "00010", K::Ward, "Phường An Bình", Some(1));
        let whole = || vec![passing(10, 30, E::Whole), passing(11, 30, E::Whole)];
        let cases: Vec<Case> = vec![
            ("nothing", Restructuring { units: vec![], successions: vec![], ..m() }, ("/units", "something_changes")),
            ("too late", Restructuring { effective_on: day("2029-01-01"), ..m() }, ("/effective_on", "plausible_date")),
            (
                "signed after",
                Restructuring { effective_on: day("2026-11-30"), ..m() },
                ("/decision/date", "decision_before_effect"),
            ),
            (
                "before the last",
                Restructuring {
                    effective_on: day("2025-07-01"),
                    decision: crate::centre::Decision { date: day("2025-06-12"), ..m().decision },
                    ..m()
                },
                ("/successions/0/predecessor_id", "after_the_last_change"),
            ),
            (
                "twice",
                with_units(vec![ward(), after(30, "00013", K::Ward, "Phường Hai", Some(2))]),
                ("/units/1/unit_id", "unit_once"),
            ),
            (
                "a district",
                with_units(vec![ward(), after(31, "001", K::Town, "Thị xã E", Some(1))]),
                ("/units/1/kind", "no_districts"),
            ),
            ("digits", with_units(vec![after(30, "10", K::Ward, "Phường An Bình", Some(1))]), ("/units/0/code", "code_digits")),
            ("no type", with_units(vec![after(30, "00010", K::Ward, "An Bình", Some(1))]), ("/units/0/name_vi", "name_has_type")),
            (
                "from nothing",
                with_units(vec![ward(), after(31, "00031", K::Ward, "Phường E", Some(1))]),
                ("/units/1/unit_id", "predecessor_needed"),
            ),
            (
                "another level",
                with_units(vec![ward(), after(12, "12", K::Province, "Tỉnh Cường", None)]),
                ("/units/1/kind", "level_stays"),
            ),
            (
                "as it was",
                with_units(vec![ward(), after(12, "00012", K::RuralCommune, "Xã Cường", Some(1))]),
                ("/units/1/unit_id", "something_changes"),
            ),
            (
                "ends and goes on",
                with_units(vec![ward(), after(10, "00010", K::Ward, "Phường An", Some(1))]),
                ("/units/1/unit_id", "ends_or_goes_on"),
            ),
            (
                "unknown predecessor",
                with_rows([whole(), vec![passing(99, 30, E::Whole)]].concat()),
                ("/successions/2/predecessor_id", "unit_known"),
            ),
            (
                "unknown successor",
                with_rows([whole(), vec![passing(12, 99, E::Whole)]].concat()),
                ("/successions/2/successor_id", "successor_exists"),
            ),
            (
                "another level",
                with_rows([whole(), vec![passing(12, 1, E::Whole)]].concat()),
                ("/successions/2/successor_id", "same_level"),
            ),
            (
                "pair twice",
                with_rows([whole(), vec![passing(10, 30, E::Whole)]].concat()),
                ("/successions/2/successor_id", "pair_once"),
            ),
            (
                "not whole",
                with_rows(vec![passing(10, 30, E::Part), passing(11, 30, E::Whole)]),
                ("/successions/0/extent", "extent_agrees"),
            ),
            (
                "circle",
                with_rows([whole(), vec![passing(30, 10, E::Whole)]].concat()),
                ("/successions/0/successor_id", "no_cycle"),
            ),
            (
                "to itself",
                with_rows([whole(), vec![passing(12, 12, E::Whole)]].concat()),
                ("/successions/2/successor_id", "no_cycle"),
            ),
            (
                "chain",
                with_rows([whole(), vec![passing(12, 11, E::Whole)]].concat()),
                ("/successions/2/successor_id", "ends_or_goes_on"),
            ),
            (
                "no district",
                Restructuring { ended_district_ids: vec![id(12)], ..m() },
                ("/ended_district_ids/0", "successor_needed"),
            ),
            (
                "no parent",
                with_units(vec![after(30, "00010", K::Ward, "Phường An Bình", None)]),
                ("/units/0/parent_id", "parent_level"),
            ),
            (
                "parent of no map",
                with_units(vec![after(30, "00010", K::Ward, "Phường An Bình", Some(99))]),
                ("/units/0/parent_id", "parent_exists"),
            ),
            (
                "below a commune",
                with_units(vec![after(30, "00010", K::Ward, "Phường An Bình", Some(12))]),
                ("/units/0/parent_id", "parent_level"),
            ),
            (
                "code taken",
                with_units(vec![after(30, "00012", K::Ward, "Phường An Bình", Some(1))]),
                ("/units/0/code", "code_once"),
            ),
            (
                "name taken",
                with_units(vec![after(30, "00010", K::RuralCommune, "Xã Cường", Some(1))]),
                ("/units/0/name_vi", "name_once"),
            ),
            (
                "out of the province",
                with_units(vec![after(30, "00010", K::Ward, "Phường An Bình", Some(2))]),
                ("/successions/0/successor_id", "one_province"),
            ),
            (
                "moved out",
                with_units(vec![ward(), after(12, "00012", K::RuralCommune, "Xã Cường", Some(2))]),
                ("/units/1/parent_id", "one_province"),
            ),
            (
                "of two provinces",
                with_rows([whole(), vec![passing(20, 30, E::Whole)]].concat()),
                ("/successions/2/successor_id", "one_province"),
            ),
            (
                "another's",
                with_rows([whole(), vec![passing(20, 30, E::Whole)]].concat()),
                ("/successions/2/predecessor_id", "own_province"),
            ),
            (
                "a province",
                with_units(vec![ward(), after(1, "01", K::CentralCity, "Thành phố Một", None)]),
                ("/units/1/parent_id", "own_province"),
            ),
        ];
        for (what, draft, (pointer, rule)) in cases {
            let found = faults(&draft, Some(&own));
            assert!(found.contains(&(pointer.to_owned(), rule)), "{what}: {found:?}");
        }
        let said = Restructuring {
            successions: vec![
                Passing { kind: Some(crate::unit::SuccessionKind::Part), ..passing(10, 30, E::Whole) },
                passing(11, 30, E::Whole),
            ],
            ..m()
        };
        assert_eq!(faults(&said, None), [("/successions/0/kind".to_owned(), "kind_agrees")]);
        let orphans = Restructuring {
            units: vec![after(3, "03", K::Province, "Tỉnh Ba", None)],
            successions: vec![passing(1, 3, E::Whole), passing(2, 3, E::Whole)],
            ..m()
        };
        let found = faults(&orphans, None);
        assert!(found.contains(&("/successions/0/predecessor_id".into(), "children_placed")), "{found:?}");
        let divided = Restructuring {
            units: vec![
                after(3, "03", K::Province, "Tỉnh Ba", None),
                after(4, "04", K::Province, "Tỉnh Bốn", None),
                after(20, "00020", K::RuralCommune, "Xã Dũng", Some(3)),
            ],
            successions: vec![passing(2, 3, E::Part), passing(2, 4, E::Part)],
            ..m()
        };
        assert!(faults(&divided, None).contains(&("/successions/0/predecessor_id".into(), "province_whole")));
    }

    /// The reform of 1 July 2025, as something that is still to happen to the map of the day before, gives the map that the files
    /// give when they are loaded as history.
    #[test]
    fn the_reform_of_2025_is_a_restructuring_like_any_other() {
        let mut n = 0;
        let read = unit_import::read(UNITS_CSV, LINEAGE_CSV, &UnitMap::default(), || {
            n += 1;
            id(n)
        });
        let read = read.unwrap();
        let reform = day("2025-07-01");
        let old = read.units.iter().filter(|unit| unit.versions[0].valid_from != Some(reform)).cloned().map(|mut unit| {
            unit.versions[0].valid_to = None;
            unit
        });
        let before = UnitMap::new(old.collect(), vec![]);
        let lineage = lineage::draft(&read, &before, reform).unwrap();
        assert_eq!((lineage.units.len(), lineage.successions.len(), lineage.ended_district_ids.len()), (3355, 10_633, 691));
        let draft = Restructuring {
            effective_on: reform,
            units: lineage.units,
            successions: lineage.successions,
            ended_district_ids: lineage.ended_district_ids,
            decision: crate::centre::Decision { date: day("2025-06-12"), ..merger().decision },
            ..merger()
        };
        let change = draft.check(&before, None, day("2025-06-20")).unwrap();
        assert_eq!(change.ended.len(), 63 + 696 + 10_035);
        let (after, loaded) = (before.after(&change), UnitMap::new(read.units.clone(), read.successions.clone()));
        for unit in loaded.units() {
            assert_eq!(after.get(unit.id), Some(unit));
        }
        let (undone, taken_back) = after.without(&draft).unwrap();
        assert_eq!((taken_back.begun.len(), taken_back.ended.len()), (change.begun.len(), change.ended.len()));
        for unit in before.units() {
            assert_eq!(undone.get(unit.id), Some(unit));
        }
        assert_eq!((undone.len(), undone.succession_count()), (before.len(), 0));
        let sorted = |map: &UnitMap| {
            let mut all: Vec<_> =
                map.successions().map(|s| (s.predecessor_id, s.successor_id, s.kind.code(), s.extent.code())).collect();
            all.sort_unstable();
            all
        };
        assert_eq!(sorted(&after), sorted(&loaded));
        // The names of the data are those that are derived, but for spellings of minority languages.
        for unit in &draft.units {
            assert_eq!(unit.name_en.as_deref(), Some(&*unit.kind.name_en(&unit.name_vi)));
        }
    }
}
