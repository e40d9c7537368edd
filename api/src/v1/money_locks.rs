//! Up to which day the books of a centre are locked.

use actix_web::{get, put};
use htcd_domain::Code;
use htcd_domain::id::CentreId;
use htcd_domain::money::{MoneyLock, PutMoneyLock};
use htcd_persistence::money::Books;
use htcd_persistence::{Change, Result as Stored, Tx, centre, money, settlement};

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader, Segments};
use crate::permit::{MoneyApprove, Permit, RecordsRead};
use crate::problem::Refusal;

fn lock_of(centre_id: CentreId, books: &Books) -> MoneyLock {
    MoneyLock { centre_id, locked_to: books.locked_to, reason: books.reason.clone() }
}

/// Moves the lock of books that are held; what changed, for the audit trail.
pub fn move_lock<R: crate::permit::Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    centre_id: CentreId,
    (before, after): (&Books, &Books),
) -> Stored<Change<()>> {
    money::lock(tx, centre_id, after, permit.now())?;
    let change = Change::updated((), "money_lock", centre_id, &lock_of(centre_id, before), &lock_of(centre_id, after));
    Ok(change.because(after.reason.as_deref()).of_records())
}

/// Up to which day the books of a centre are locked.
#[utoipa::path(tag = "money", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "The lock.", body = MoneyLock)), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/money_lock")]
pub async fn get_money_lock(permit: Permit<RecordsRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            let books = money::books(tx, id)?;
            Ok(Answer::resource(&lock_of(id, &books), books.revision))
        })
        .await
}

/// Lock the books of a centre to the end of a month, or open them again with a reason.
///
/// What lies in a locked period is neither entered nor changed nor removed. A year whose settlement is approved stays locked.
#[utoipa::path(tag = "money", params(("centre_id" = CentreId, Path, description = "The centre."), IfMatchHeader), request_body = PutMoneyLock, responses((status = 200, description = "The lock.", body = MoneyLock)), security(("oauth2" = ["money:approve"])))]
#[put("/v1/centres/{centre_id}/money_lock")]
pub async fn replace_money_lock(
    permit: Permit<MoneyApprove>,
    Segments(id): Segments<CentreId>,
    if_match: IfMatch,
    Body(body): Body<PutMoneyLock>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            // Held before the tag is compared: of two who come together the second one is told.
            let before = money::hold(tx, id, permit.now())?;
            if_match.check(before.revision)?;
            body.check(before.locked_to, settlement::newest_approved(tx, id)?, permit.today())?;
            let after = Books { locked_to: body.locked_to, reason: body.reason, revision: before.revision };
            let change = move_lock(permit, tx, id, (&before, &after))?;
            Ok(change.map(|()| Answer::resource(&lock_of(id, &after), before.revision + 1)))
        })
        .await
}
