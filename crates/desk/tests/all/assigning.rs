//! What supervisors do with sessions of others, who can receive them, and whole shifts.

use std::collections::BTreeMap;

use desk::Code;
use desk::ids::MemberId;
use desk::members::{Role, Status};
use desk::messages::ServiceWhat;
use desk::reception::{
    self, HandOver, Transfer, assign, end, hand_over_sessions, put_back_into_queue, receivers, take_over,
};
use desk::sessions::{SessionState, SessionView, Tab};

use testkit::TestDatabase;

use crate::common::refusal;
use crate::rules::check;
use crate::transfer::{Scene, assignee, opened};

testkit::both_databases!(
    supervisors_assign_take_over_and_put_back,
    agents_do_not,
    who_can_receive_is_listed_the_best_first,
    a_shift_is_handed_over_at_once,
);

async fn supervisors_assign_take_over_and_put_back(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, store) = (&scene.world, scene.world.workspace, &scene.world.store);
    let sue = world.member("sue", Role::Supervisor).await;
    world.limit(scene.bob, 0).await;
    world.reply(scene.ana, scene.session, "mine").await.unwrap();
    assign(store, workspace, sue, scene.session, scene.bob, Some("yours".into())).await.unwrap();
    let view = scene.view().await;
    assert_eq!((assignee(&view), view.taken_up_at), (Some(scene.bob), None), "whatever his limit");
    assert_eq!(world.begun(scene.project, 7, scene.ana).await, "mine");
    assign(store, workspace, sue, scene.session, scene.bob, None).await.expect("he has it already");

    world.reply(scene.bob, scene.session, "his").await.unwrap();
    take_over(store, workspace, sue, scene.session).await.unwrap();
    let view = scene.view().await;
    assert_eq!((assignee(&view), view.taken_up_at), (Some(sue), Some(store.now())));
    assert_eq!((view.handover, world.begun(scene.project, 7, scene.bob).await), (None, "his".to_owned()));

    put_back_into_queue(store, workspace, world.owner, scene.session, None).await.unwrap();
    assert_eq!(scene.view().await.state, SessionState::Waiting);
    assert_eq!(
        refusal(put_back_into_queue(store, workspace, sue, scene.session, None).await),
        Code::SessionNotOpen
    );
    assign(store, workspace, sue, scene.session, scene.ana, None).await.expect("from the queue, too");

    let lines = world.service(scene.project, 7).await;
    let note = Some("yours".to_owned());
    assert_eq!(
        lines[2..],
        [
            (ServiceWhat::AssignedBy, Some(sue), None, Some(scene.bob), note),
            (ServiceWhat::TakenOver, Some(sue), None, None, None),
            (ServiceWhat::Returned, Some(world.owner), Some("put_back".to_owned()), None, None),
            (ServiceWhat::AssignedBy, Some(sue), None, Some(scene.ana), None),
        ]
    );
    let told: Vec<_> =
        world.all_told().await.into_iter().map(|(who, what, _, detail)| (who, what, detail)).collect();
    let notice =
        |who: MemberId, what: &str, detail: &str| (who.to_string(), what.to_owned(), detail.to_owned());
    assert_eq!(
        told,
        [
            notice(scene.bob, "assigned", r#""yours""#),
            notice(scene.ana, "taken_back", r#""assigned""#),
            notice(scene.bob, "taken_back", r#""taken_over""#),
            notice(sue, "taken_back", r#""returned""#),
            notice(scene.ana, "assigned", "null"),
        ]
    );
    let verbs: Vec<_> = world.recorded().await.into_iter().map(|(verb, _)| verb).collect();
    assert_eq!(
        verbs,
        ["session.taken", "session.assigned", "session.taken_over", "session.returned", "session.assigned"]
    );
    end(store, workspace, scene.ana, scene.session).await.unwrap();
    for refused in [
        assign(store, workspace, sue, scene.session, scene.bob, None).await,
        take_over(store, workspace, sue, scene.session).await,
        put_back_into_queue(store, workspace, sue, scene.session, None).await,
    ] {
        assert_eq!(refusal(refused), Code::SessionEnded);
    }
    check(world).await;
}

async fn agents_do_not(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, store) = (&scene.world, scene.world.workspace, &scene.world.store);
    for refused in [
        assign(store, workspace, scene.bob, scene.session, scene.bob, None).await,
        take_over(store, workspace, scene.bob, scene.session).await,
        put_back_into_queue(store, workspace, scene.bob, scene.session, None).await,
    ] {
        let Err(desk::Error::Refused { code: Code::Forbidden, params }) = refused else { panic!("allowed") };
        assert_eq!(params["permission"], "sessions.assign");
    }
    // A supervisor of other projects doesn't even see it.
    let sue = world.add("sue", Role::Supervisor, Some(&[])).await.unwrap();
    assert_eq!(refusal(take_over(store, workspace, sue, scene.session).await), Code::NotFound);
    // Nobody is given what they don't see, and not by an admin either.
    let sue = assign(store, workspace, world.owner, scene.session, sue, None).await;
    assert_eq!(refusal(sue), Code::ReceiverNoAccess);
    put_back_into_queue(store, workspace, scene.ana, scene.session, None).await.expect("one's own");
}

async fn who_can_receive_is_listed_the_best_first(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, store) = (&scene.world, scene.world.workspace, &scene.world.store);
    world.add("blind", Role::Agent, Some(&[])).await.unwrap();
    let gone = world.member("gone", Role::Agent).await;
    reception::disable(store, workspace, world.owner, gone).await.unwrap();
    let [busy, full, free] = [
        world.member("busy", Role::Agent).await,
        world.member("full", Role::Agent).await,
        world.agent("free").await,
    ];
    world.limit(full, 0).await;
    world.status(full, Status::Online).await;
    world.status(busy, Status::Busy).await;
    let list =
        async |text: &str| receivers(store, workspace, scene.ana, scene.session, text.into()).await.unwrap();
    let all = list("").await;
    let ids: Vec<_> = all.iter().map(|it| it.id).collect();
    assert_eq!(ids, [free, full, busy, scene.bob, world.owner]);
    assert_eq!((all[1].open, all[1].limit, all[1].at_limit), (0, 0, true));
    assert_eq!((all[0].open, all[0].limit, all[0].at_limit), (0, 3, false));
    assert_eq!(list(" OF B").await.iter().map(|it| it.id).collect::<Vec<_>>(), [busy, scene.bob]);
    assert_eq!(list("nobody").await, []);
}

async fn a_shift_is_handed_over_at_once(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let (world, workspace, store) = (&scene.world, scene.world.workspace, &scene.world.store);
    let mut mine = vec![scene.session];
    for customer in [8, 9] {
        world.minute_passes();
        mine.push(opened(world, scene.project, scene.ana, customer).await);
    }
    world.limit(scene.bob, 2).await;
    let all = Transfer {
        to: Some(scene.bob),
        note: Some("see you".into()),
        message: Some("wait".into()),
        ..Transfer::default()
    };
    let notes = BTreeMap::from([(mine[1], "careful".to_owned())]);
    let outcome = hand_over_sessions(store, workspace, scene.ana, HandOver { all, notes }).await.unwrap();
    assert_eq!(outcome.done, mine[..2], "in the order of the queue, as far as he has room");
    let refused = outcome.refused.iter().map(|it| (it.id, it.code.as_str())).collect::<Vec<_>>();
    assert_eq!(refused, [(mine[2], "receiver_at_limit")]);
    let note = |view: SessionView| view.handover.and_then(|it| it.note);
    assert_eq!(note(world.session(7).await).as_deref(), Some("see you"));
    assert_eq!(note(world.session(8).await).as_deref(), Some("careful"));
    assert_eq!(world.list(scene.ana, Tab::Mine).await.len(), 1);
    assert_eq!(world.count("SELECT COUNT(*) AS n FROM jobs WHERE kind = 'send_message'").await, 2);
    let rest = hand_over_sessions(store, workspace, scene.ana, HandOver::default()).await.unwrap();
    assert_eq!((rest.done, world.session(9).await.state), (vec![mine[2]], SessionState::Waiting));
    let nothing = hand_over_sessions(store, workspace, scene.ana, HandOver::default()).await.unwrap();
    assert_eq!(nothing, reception::Outcome::default());
    check(world).await;
}
