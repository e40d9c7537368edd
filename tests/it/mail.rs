//! Mail: queued with the change, sent after it, never lost, never twice while everybody is well.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use htcd_api::clock::{Clock, new_id};
use htcd_api::settings::Settings;
use htcd_api::state::App;
use htcd_domain::access::Scope;
use htcd_domain::id::ProvinceId;
use htcd_domain::mail::{KEPT, LEASE, Mail};
use htcd_domain::{Code, Problem};
use htcd_persistence::db::Target;
use htcd_persistence::outbox;

use crate::support::World;
use crate::support::post::{PostOffice, header, text};

const SUBJECT: &str = "Đặt lại mật khẩu cho tài khoản của bạn tại Sở Giáo dục và Đào tạo tỉnh Quảng Ninh";
const BODY: &str = "Chào Lan,\n\nMã của bạn: 483 920. Mã dùng được một lần trong 15 phút.\n.\nNếu không phải bạn yêu cầu, hãy bỏ qua thư này; tài khoản của bạn vẫn như cũ và không ai khác biết mã này.\n";

impl World {
    /// Queues a mail to Lan as a change of a tenant would.
    fn db_mail(&self, province: ProvinceId) -> uuid::Uuid {
        let now = self.clock.now();
        let id = new_id(now);
        self.db.transact(&Scope::whole(province), |tx| outbox::add(tx, id, &mail(), now)).expect("a queued mail");
        id
    }

    /// What the table holds of every mail, oldest first: `recipient|text|attempts|sent or not|last error`.
    fn db_outbox(&self) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            recipient: String,
            #[diesel(sql_type = Text)]
            body: String,
            #[diesel(sql_type = Integer)]
            attempts: i32,
            #[diesel(sql_type = Text)]
            sent: String,
            #[diesel(sql_type = Text)]
            last_error: String,
        }
        let query = diesel::sql_query(
            "SELECT recipient, body, attempts, CASE WHEN sent_at IS NULL THEN 'unsent' ELSE 'sent' END AS sent, \
             COALESCE(last_error, '') AS last_error FROM outbox_mails ORDER BY created_at, id",
        );
        let rows: Vec<Row> = match self.db.target() {
            // As the owner, whom no tenant limits.
            Target::Postgres(_) => query.load(&mut PgConnection::establish(self.owner_url()).unwrap()),
            Target::Sqlite(path) => query.load(&mut SqliteConnection::establish(path).unwrap()),
        }
        .expect("rows");
        rows.into_iter()
            .map(|row| format!("{}|{}|{}|{}|{}", row.recipient, row.body, row.attempts, row.sent, row.last_error))
            .collect()
    }
}

fn mail() -> Mail {
    Mail {
        recipient: htcd_api::mail::recipient("Nguyễn Thị Lan", "lan@example.com").unwrap(),
        subject: SUBJECT.into(),
        body: BODY.into(),
    }
}

/// A server that sends its mail to this post office, without TLS.
fn world_with(post: &PostOffice) -> World {
    World::with(&[("HTCD_MAIL_URL", &format!("smtp://127.0.0.1:{}?tls=none", post.port)), ("HTCD_MAIL_FROM", "Sở <htcd@so.vn>")])
}

/// Just as it was written, in Vietnamese.
#[track_caller]
fn reads_well(mail: &str) {
    assert_eq!(header(mail, "Subject"), SUBJECT);
    assert!(header(mail, "To").contains("Nguyễn Thị Lan") && header(mail, "To").ends_with("<lan@example.com>"), "{mail}");
    assert_eq!(header(mail, "Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
    assert_eq!(text(mail).trim_end().replace("\r\n", "\n"), BODY.trim_end());
    assert!(mail.lines().all(|line| line.is_ascii() && line.len() <= 78), "{mail}");
}

#[test]
fn without_a_mail_server_a_mail_becomes_a_file_that_its_owner_alone_reads() {
    let world = World::new();
    let province = world.db_province(world.unit("22", "2025-12-31"));
    for tenant in [ProvinceId::NATION, province] {
        world.db_mail(tenant);
    }
    world.app.deliver_mail();
    let files = world.mail();
    assert_eq!(files.len(), 2, "the nation's and the province's");
    for file in &files {
        reads_well(file);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = world.mail_folder();
        assert_eq!(mode(&folder), 0o700);
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            assert_eq!((mode(&path), path.extension().unwrap().to_str()), (0o600, Some("eml")));
        }
    }
    // What may hold a code is gone from the database.
    for row in world.db_outbox() {
        assert!(row.ends_with("<lan@example.com>||1|sent|"), "{row}");
    }
    world.app.deliver_mail();
    assert_eq!(world.mail().len(), 2, "nothing is sent again");
}

#[test]
fn a_mail_server_gets_the_mail_and_what_is_undone_is_never_sent() {
    let post = PostOffice::open();
    let world = world_with(&post);
    let now = world.clock.now();
    let undone: htcd_persistence::Result<()> = world.db.transact(&Scope::whole(ProvinceId::NATION), |tx| {
        outbox::add(tx, new_id(now), &mail(), now)?;
        Err(Problem::new(Code::StateConflict).into())
    });
    assert!(undone.is_err());
    world.app.deliver_mail();
    assert!(post.received().is_empty() && world.db_outbox().is_empty());

    let id = world.db_mail(ProvinceId::NATION);
    world.app.deliver_mail();
    let received = post.received();
    assert_eq!(received.len(), 1);
    reads_well(&received[0]);
    assert_eq!(header(&received[0], "From"), "Sở <htcd@so.vn>");
    assert_eq!(header(&received[0], "Message-ID"), format!("<{id}@so.vn>"));
    let commands = post.commands();
    assert!(
        commands.contains(&"MAIL FROM:<htcd@so.vn>".to_owned()) && commands.contains(&"RCPT TO:<lan@example.com>".to_owned()),
        "{commands:?}"
    );
}

#[test]
fn a_mail_that_the_server_refuses_or_that_finds_none_waits_and_goes_out_later() {
    let post = PostOffice::open();
    let world = world_with(&post);
    let pass = |time: TimeDelta| {
        world.clock.advance(time);
        world.app.deliver_mail();
    };
    let id = world.db_mail(ProvinceId::NATION);
    post.refuse(true);
    pass(TimeDelta::zero());
    let row = &world.db_outbox()[0];
    assert!(row.contains(BODY) && row.contains("|1|unsent|") && row.contains("nobody of that name"), "{row}");
    pass(TimeDelta::seconds(59));
    assert!(world.db_outbox()[0].contains("|1|unsent|"), "not before its time");

    let port = post.port;
    drop(post);
    pass(TimeDelta::seconds(1));
    assert!(world.db_outbox()[0].contains("|2|unsent|"), "{:?}", world.db_outbox());
    // While nobody answers, the others are not tried one by one.
    for _ in 0..4 {
        world.db_mail(ProvinceId::NATION);
    }
    pass(TimeDelta::zero());
    assert!(world.db_outbox().iter().any(|row| row.contains("|0|unsent|")), "{:?}", world.db_outbox());

    let post = PostOffice::open_at(port);
    pass(TimeDelta::minutes(2));
    assert_eq!(post.received().len(), 5);
    assert!(post.received().iter().any(|mail| header(mail, "Message-ID").contains(&id.to_string())));
    assert!(world.db_outbox().iter().all(|row| row.contains("||") && row.ends_with("|sent|")), "{:?}", world.db_outbox());
}

#[test]
fn a_mail_that_always_fails_is_given_up_and_stays_on_record_until_it_is_old() {
    let post = PostOffice::open();
    let world = world_with(&post);
    let scope = Scope::whole(ProvinceId::NATION);
    world.db_mail(ProvinceId::NATION);
    post.refuse(true);
    for _ in 0..15 {
        world.app.deliver_mail();
        world.clock.advance(TimeDelta::hours(4));
    }
    let unsent = || world.db.read(&scope, outbox::unsent).unwrap();
    assert_eq!((unsent()[0].attempts, unsent()[0].next_attempt_at), (10, None));
    assert!(unsent()[0].last_error.as_ref().is_some_and(|error| error.contains("550")), "{unsent:?}", unsent = unsent());
    assert_eq!(post.commands().iter().filter(|command| command.starts_with("RCPT")).count(), 10);

    // An operator has it tried again.
    let again = || world.db.transact(&scope, |tx| outbox::retry(tx, world.clock.now())).unwrap();
    assert_eq!(again(), 1);
    world.app.deliver_mail();
    assert_eq!(unsent()[0].attempts, 1);
    post.refuse(false);
    again();
    world.app.deliver_mail();
    assert!(unsent().is_empty() && post.received().len() == 1);

    // One that waits is never forgotten.
    post.refuse(true);
    world.db_mail(ProvinceId::NATION);
    world.app.forget_old_mail();
    assert_eq!(world.db_outbox().len(), 2);
    world.clock.advance(KEPT + TimeDelta::days(1));
    world.app.forget_old_mail();
    assert_eq!(world.db_outbox().len(), 1);
    assert!(world.db_outbox()[0].contains("unsent"));
}

#[test]
fn a_server_that_asks_for_encryption_tells_nobody_else() {
    let post = PostOffice::open();
    let world = World::with(&[("HTCD_MAIL_URL", &format!("smtp://127.0.0.1:{}", post.port))]);
    world.db_mail(ProvinceId::NATION);
    world.app.deliver_mail();
    assert!(world.db_outbox()[0].contains("|1|unsent|"), "{:?}", world.db_outbox());
    let commands = post.commands();
    assert!(commands.iter().any(|command| command.starts_with("EHLO")), "{commands:?}");
    assert!(
        !commands.iter().any(|command| ["MAIL", "RCPT", "DATA", "AUTH"].iter().any(|word| command.starts_with(word))),
        "{commands:?}"
    );
}

#[test]
fn of_several_servers_one_sends_each_mail_and_what_a_dead_one_had_taken_another_sends() {
    let post = PostOffice::open();
    let world = world_with(&post);
    let scope = Scope::whole(ProvinceId::NATION);
    let settings =
        [("HTCD_DATABASE_URL", world.database_url()), ("HTCD_MAIL_URL", &format!("smtp://127.0.0.1:{}?tls=none", post.port))];
    let settings = Settings::read(settings.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    let other = App::new(settings, world.clock.clone());
    for _ in 0..12 {
        world.db_mail(ProvinceId::NATION);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| world.app.deliver_mail());
        scope.spawn(|| other.deliver_mail());
    });
    let ids: std::collections::BTreeSet<_> = post.received().iter().map(|mail| header(mail, "Message-ID")).collect();
    assert_eq!((post.received().len(), ids.len()), (12, 12));

    // One takes a mail and dies.
    let now = world.clock.now();
    let id: uuid::Uuid = new_id(now);
    let claimed = world.db.transact(&scope, |tx| {
        outbox::add(tx, id, &mail(), now)?;
        let queued = outbox::due(tx, now, 10)?.remove(0);
        Ok((outbox::claim(tx, &queued, now + LEASE)?, outbox::claim(tx, &queued, now + LEASE)?))
    });
    assert_eq!(claimed.unwrap(), (true, false), "of two one gets it");
    world.app.deliver_mail();
    assert_eq!(post.received().len(), 12);
    world.clock.advance(LEASE);
    world.app.deliver_mail();
    assert!(post.received().len() == 13 && header(&post.received()[12], "Message-ID").contains(&id.to_string()));
}
