//! Reading the reference data of administrative units: `units.csv` and `lineage.csv`.
//!
//! Everything is checked before anything is stored; each fault names file, line and column.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use crate::Coded;
use crate::id::UnitId;
use crate::unit::{Extent, Level, RegionClass, Succession, SuccessionKind, Unit, UnitKind, UnitMap, UnitVersion};

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {column}: {message}")]
pub struct RowFault {
    /// The file's name.
    pub file: &'static str,
    /// The line, the heading being line 1.
    pub line: u64,
    /// The column's name.
    pub column: &'static str,
    /// What is wrong.
    pub message: String,
}

/// Units and successions that were read, with identities.
#[derive(Debug)]
pub struct UnitImport {
    /// Units, each with one version.
    pub units: Vec<Unit>,
    /// Successions between them.
    pub successions: Vec<Succession>,
}

struct Table<'a> {
    file: &'static str,
    rows: Vec<(u64, csv::StringRecord)>,
    columns: HashMap<String, usize>,
    faults: &'a mut Vec<RowFault>,
}

impl<'a> Table<'a> {
    fn read(file: &'static str, data: &[u8], columns: &[&'static str], faults: &'a mut Vec<RowFault>) -> Self {
        let mut reader = csv::ReaderBuilder::new().from_reader(data);
        let mut table = Self { file, rows: Vec::new(), columns: HashMap::new(), faults };
        match reader.headers() {
            Ok(headers) => table.columns = headers.iter().enumerate().map(|(place, name)| (name.to_owned(), place)).collect(),
            Err(error) => table.fault(1, "-", error.to_string()),
        }
        for column in columns {
            if !table.columns.contains_key(*column) {
                table.fault(1, column, "this column is missing".into());
            }
        }
        for record in reader.records() {
            match record {
                Ok(record) => table.rows.push((record.position().map_or(0, csv::Position::line), record)),
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    table.fault(line, "-", error.to_string());
                }
            }
        }
        table
    }

    fn fault(&mut self, line: u64, column: &'static str, message: String) {
        self.faults.push(RowFault { file: self.file, line, column, message });
    }

    fn get<'r>(&self, row: &'r csv::StringRecord, column: &str) -> &'r str {
        self.columns.get(column).and_then(|place| row.get(*place)).unwrap_or("")
    }

    fn date(&mut self, line: u64, row: &csv::StringRecord, column: &'static str) -> Option<NaiveDate> {
        let text = self.get(row, column);
        if text.is_empty() {
            return None;
        }
        let date = text.parse().ok();
        if date.is_none() {
            self.fault(line, column, format!("`{text}` is not a date (YYYY-MM-DD)"));
        }
        date
    }

    fn coded<T: Coded>(&mut self, line: u64, row: &csv::StringRecord, column: &'static str) -> Option<T> {
        let text = self.get(row, column);
        let value = T::from_code(text);
        if value.is_none() {
            let codes = T::ALL.iter().map(|value| value.code()).collect::<Vec<_>>().join(", ");
            self.fault(line, column, format!("`{text}` is none of: {codes}"));
        }
        value
    }
}

/// Reads both files. Units that are known already, by code and dates, keep their identity.
///
/// # Errors
/// Every fault found.
pub fn read(
    units_csv: &[u8],
    lineage_csv: &[u8],
    known: &UnitMap,
    mut new_id: impl FnMut() -> UnitId,
) -> Result<UnitImport, Vec<RowFault>> {
    let mut faults = Vec::new();
    let mut known_ids: HashMap<(String, Option<NaiveDate>, Option<NaiveDate>), UnitId> = HashMap::new();
    for unit in known.units() {
        for version in &unit.versions {
            known_ids.insert((version.code.clone(), version.valid_from, version.valid_to), unit.id);
        }
    }

    let mut by_key: HashMap<(String, String), usize> = HashMap::new();
    let mut units: Vec<Unit> = Vec::new();
    let mut parents: Vec<(u64, usize, String, String)> = Vec::new();
    {
        let columns =
            ["code", "level", "type_vi", "name_vi", "name_en", "parent_code", "valid_from", "valid_to", "era", "region_class"];
        let mut table = Table::read("units.csv", units_csv, &columns, &mut faults);
        for (line, row) in std::mem::take(&mut table.rows) {
            let (code, era) = (table.get(&row, "code").to_owned(), table.get(&row, "era").to_owned());
            let level: Option<Level> = table.coded(line, &row, "level");
            let type_vi = table.get(&row, "type_vi");
            let kind = UnitKind::ALL.iter().copied().find(|kind| kind.label().vi == type_vi);
            if kind.is_none() {
                table.fault(line, "type_vi", format!("`{type_vi}` is not a type of unit"));
            }
            if kind.is_some_and(|kind| level.is_some_and(|level| kind.level() != level)) {
                table.fault(line, "type_vi", format!("`{type_vi}` is not of level {}", table.get(&row, "level")));
            }
            let digits = match level {
                Some(Level::Province) => 2,
                Some(Level::District) => 3,
                _ => 5,
            };
            if code.len() != digits || !code.bytes().all(|b| b.is_ascii_digit()) {
                table.fault(line, "code", format!("`{code}` is not a code of {digits} digits"));
            }
            let name_vi = table.get(&row, "name_vi").to_owned();
            if name_vi.trim().is_empty() || !crate::text::is_plain(&name_vi) {
                table.fault(line, "name_vi", "a name is needed".into());
            }
            let region = table.get(&row, "region_class");
            let region_class = if region.is_empty() { None } else { table.coded::<RegionClass>(line, &row, "region_class") };
            let (valid_from, valid_to) = (table.date(line, &row, "valid_from"), table.date(line, &row, "valid_to"));
            if valid_from.zip(valid_to).is_some_and(|(from, to)| to < from) {
                table.fault(line, "valid_to", "ends before it begins".into());
            }
            let name_en = table.get(&row, "name_en").to_owned();
            if name_en.trim().is_empty() || !crate::text::is_plain(&name_en) {
                table.fault(line, "name_en", "a name is needed".into());
            }
            let parent_code = table.get(&row, "parent_code").to_owned();
            let (Some(level), Some(kind)) = (level, kind) else { continue };
            if parent_code.is_empty() != (level == Level::Province) {
                table.fault(line, "parent_code", "a province has no parent, every other unit has one".into());
            }
            let id = known_ids.get(&(code.clone(), valid_from, valid_to)).copied().unwrap_or_else(&mut new_id);
            if by_key.insert((era.clone(), code.clone()), units.len()).is_some() {
                table.fault(line, "code", format!("`{code}` stands twice in era {era}"));
            }
            parents.push((line, units.len(), era, parent_code));
            let version = UnitVersion { valid_from, valid_to, code, kind, name_vi, name_en, parent_id: None, region_class };
            units.push(Unit { id, level, versions: vec![version] });
        }
        for (line, place, era, parent_code) in parents {
            if parent_code.is_empty() {
                continue;
            }
            match by_key.get(&(era.clone(), parent_code.clone())).map(|parent| (units[*parent].id, units[*parent].level)) {
                Some((_, level)) if level >= units[place].level => {
                    table.fault(line, "parent_code", format!("`{parent_code}` is not of a level above"));
                }
                Some((id, _)) => units[place].versions[0].parent_id = Some(id),
                None => table.fault(line, "parent_code", format!("there is no unit `{parent_code}` in era {era}")),
            }
        }
    }

    let mut successions = BTreeMap::new();
    let mut seen = HashSet::new();
    {
        let columns = ["old_era", "old_code", "new_era", "new_code", "kind", "level", "extent"];
        let mut table = Table::read("lineage.csv", lineage_csv, &columns, &mut faults);
        for (line, row) in std::mem::take(&mut table.rows) {
            let mut find = |era: &'static str, code: &'static str| {
                let key = (table.get(&row, era).to_owned(), table.get(&row, code).to_owned());
                let place = by_key.get(&key).copied();
                if place.is_none() {
                    table.fault(line, code, format!("there is no unit `{}` in era {}", key.1, key.0));
                }
                place
            };
            let (old, new) = (find("old_era", "old_code"), find("new_era", "new_code"));
            let kind: Option<SuccessionKind> = table.coded(line, &row, "kind");
            let extent: Option<Extent> = table.coded(line, &row, "extent");
            let (Some(old), Some(new), Some(kind), Some(extent)) = (old, new, kind, extent) else { continue };
            if !seen.insert((old, new)) {
                table.fault(line, "new_code", "this pair stands twice".into());
            }
            let (ended, began) = (units[old].versions[0].valid_to, units[new].versions[0].valid_from);
            match began {
                Some(effective_on) if ended.is_some_and(|last| last < effective_on) => {
                    let succession =
                        Succession { predecessor_id: units[old].id, successor_id: units[new].id, kind, extent, effective_on };
                    successions.insert((old, new), succession);
                }
                _ => table.fault(line, "new_code", "a successor must begin after its predecessor has ended".into()),
            }
        }
    }
    if faults.is_empty() { Ok(UnitImport { units, successions: successions.into_values().collect() }) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: &str = "code,level,type_vi,name_vi,name_en,parent_code,valid_from,valid_to,era,region_class\n\
        01,province,tỉnh,Tỉnh A,A,,,2025-06-30,2024,\n\
        00001,commune,xã,Xã B,B,01,,2025-06-30,2024,rural\n\
        01,province,tỉnh,Tỉnh A,A,,2025-07-01,,2025,\n\
        00001,commune,xã,Xã C,C,01,2025-07-01,,2025,rural\n";
    const LINEAGE: &str = "old_era,old_code,new_era,new_code,kind,level,extent\n2024,00001,2025,00001,renamed,commune,whole\n";

    fn read_text(units: &str, lineage: &str) -> Result<UnitImport, Vec<RowFault>> {
        let mut n = 0;
        read(units.as_bytes(), lineage.as_bytes(), &UnitMap::default(), || {
            n += 1;
            UnitId(uuid::Uuid::from_u128(n))
        })
    }

    #[test]
    fn good_files_are_read_and_known_units_keep_their_identity() {
        let first = read_text(UNITS, LINEAGE).unwrap();
        assert_eq!((first.units.len(), first.successions.len()), (4, 1));
        let map = UnitMap::new(first.units.clone(), first.successions);
        let again = read(UNITS.as_bytes(), LINEAGE.as_bytes(), &map, || unreachable!("nothing is new")).unwrap();
        assert_eq!(again.units, first.units);
    }

    #[test]
    fn a_bad_row_is_named_by_file_line_and_column() {
        let cases = [
            (UNITS.replace("00001,commune,xã,Xã B", "0001,commune,xã,Xã B"), LINEAGE.to_owned(), "units.csv", 3, "code"),
            (UNITS.replace("B,01,,", "B,02,,"), LINEAGE.to_owned(), "units.csv", 3, "parent_code"),
            (UNITS.replace("xã,Xã C", "thôn,Xã C"), LINEAGE.to_owned(), "units.csv", 5, "type_vi"),
            (UNITS.replace("C,01,2025-07-01", "C,01,2025-7-1x"), LINEAGE.to_owned(), "units.csv", 5, "valid_from"),
            (UNITS.to_owned(), LINEAGE.replace("2025,00001", "2025,00009"), "lineage.csv", 2, "new_code"),
            (UNITS.to_owned(), LINEAGE.replace("renamed", "swapped"), "lineage.csv", 2, "kind"),
            (UNITS.replace("name_vi,", "name,"), LINEAGE.to_owned(), "units.csv", 1, "name_vi"),
        ];
        for (units, lineage, file, line, column) in cases {
            let faults = read_text(&units, &lineage).unwrap_err();
            assert!(faults.iter().any(|f| f.file == file && f.line == line && f.column == column), "{column}: {faults:?}");
        }
    }
}
