//! Invitations from a table: one row for each role, all roles of a person under one username.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use validator::Validate;

use crate::Coded;
use crate::access::{CreateGrant, HoldsOn, Role};
use crate::account::Delivery;
use crate::centre::Centre;
use crate::id::{CentreId, UnitId};
use crate::problem::Fault;
use crate::table::{self, Delimiter, TableRow};
use crate::text::fold;
use crate::unit::UnitMap;
use crate::user::CreateUser;

/// The columns of the table.
pub const COLUMNS: [&str; 9] =
    ["username", "display_name", "email", "phone", "role", "unit_id", "unit_code", "centre_id", "centre_code"];

/// How many rows a table may have.
pub const MOST: usize = 1_000;

/// Reads a table.
///
/// # Errors
/// A file without such a heading.
pub fn read_csv(data: &[u8], delimiter: Delimiter) -> Result<table::Read, Vec<Fault>> {
    table::read(data, delimiter, &COLUMNS, &[&["username"], &["display_name"], &["role"]], MOST)
}

/// An invitation out of a table.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The row in which it begins.
    pub row: usize,
    /// Who is invited.
    pub user: CreateUser,
    /// The rows of the roles, in their order.
    pub roles_in: Vec<usize>,
}

/// The invitations of a table.
///
/// # Errors
/// Every fault, by row and column.
pub fn check(
    (rows, faults): &table::Read,
    delivery: Delivery,
    centres: &[Centre],
    map: &UnitMap,
    today: NaiveDate,
) -> Result<Vec<Invitation>, Vec<Fault>> {
    let by_code: HashMap<&str, CentreId> =
        centres.iter().filter_map(|centre| Some((centre.code.as_deref()?, centre.id))).collect();
    let mut faults = faults.clone();
    let mut invitations: Vec<Invitation> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let username = row.get("username").unwrap_or("").to_owned();
        let invitation = CreateUser {
            id: None,
            username: username.clone(),
            display_name: row.get("display_name").unwrap_or("").to_owned(),
            email: row.get("email").map(str::to_owned),
            phone: row.get("phone").map(str::to_owned),
            delivery,
            grants: vec![],
        };
        if let Err(errors) = invitation.validate() {
            for field in errors.field_errors().keys() {
                let (vi, en) = ("Ô không hợp lệ.", "The cell is not valid.");
                faults.push(row.fault(field, "cell", vi, en));
            }
        }
        if delivery == Delivery::Mail && invitation.email.is_none() {
            let (vi, en) = ("Gửi thư thì cần địa chỉ.", "To be mailed, a code needs an address.");
            faults.push(row.fault("email", "mail_address_known", vi, en));
        }
        let grant = match grant_of(row, &by_code, map, today) {
            Ok(grant) => grant,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        match places.get(&username).and_then(|place| invitations.get_mut(*place)) {
            Some(Invitation { user: known, roles_in, .. }) => {
                let same = (&known.display_name, &known.email, &known.phone)
                    == (&invitation.display_name, &invitation.email, &invitation.phone);
                if !same {
                    faults.push(row.fault(
                        "username",
                        "one_person",
                        "Các dòng cùng tên đăng nhập phải cùng họ tên, thư và điện thoại.",
                        "Rows with one username have the same name, address and telephone number.",
                    ));
                }
                known.grants.push(grant);
                roles_in.push(row.row);
            }
            None => {
                places.insert(username, invitations.len());
                let user = CreateUser { grants: vec![grant], ..invitation };
                invitations.push(Invitation { row: row.row, user, roles_in: vec![row.row] });
            }
        }
    }
    if faults.is_empty() { Ok(invitations) } else { Err(table::in_order(faults)) }
}

fn grant_of(row: &TableRow, centres: &HashMap<&str, CentreId>, map: &UnitMap, today: NaiveDate) -> Result<CreateGrant, Fault> {
    let text = row.get("role").unwrap_or("");
    let role = Role::ALL.iter().copied().find(|role| role.code() == text || fold(&role.label().vi) == fold(text));
    let Some(role) = role.filter(|_| !text.is_empty()) else {
        let known: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
        let (vi, en) =
            (format!("Vai trò là một trong: {}.", known.join(", ")), format!("A role is one of: {}.", known.join(", ")));
        return Err(row.fault("role", "role", vi, en));
    };
    let uuid = |column: &str| row.get(column).map(str::parse::<uuid::Uuid>).transpose();
    let not_uuid = |column: &str| row.fault(column, "uuid", "Phải là UUID.", "It must be a UUID.");
    let mut unit_id = uuid("unit_id").map_err(|_| not_uuid("unit_id"))?.map(UnitId);
    let mut centre_id = uuid("centre_id").map_err(|_| not_uuid("centre_id"))?.map(CentreId);
    if let (None, Some(code)) = (unit_id, row.get("unit_code")) {
        let fits = |level| matches!(role.holds_on(), HoldsOn::Unit(levels) if levels.contains(&level));
        let found: Vec<_> = map.by_code(code, Some(today)).into_iter().filter(|unit| fits(unit.level)).collect();
        let [unit] = found.as_slice() else {
            let (vi, en) = (
                "Mã không chỉ đúng một đơn vị hôm nay ở cấp của vai trò.",
                "The code does not mean one unit of the role's level today.",
            );
            return Err(row.fault("unit_code", "unit_exists", vi, en));
        };
        unit_id = Some(unit.id);
    }
    if let (None, Some(code)) = (centre_id, row.get("centre_code")) {
        let (vi, en) = ("Không có trung tâm mang mã này trong phạm vi của bạn.", "No centre within your scope has this code.");
        centre_id = Some(*centres.get(code).ok_or_else(|| row.fault("centre_code", "centre_exists", vi, en))?);
    }
    Ok(CreateGrant { role, unit_id, centre_id, valid_from: None, valid_to: None })
}
