//! Plans as text: no disk, no processes.

use std::time::Duration;

use super::*;
use crate::config;
use crate::deploy::Programs;
use crate::digest::Sha256;
use crate::release::{Content, Entry, Owner};
use crate::timestamp::Timestamp;

fn request(id: &str) -> Request {
    let mut tree = ReleaseTree::new();
    let kind = Kind::File {
        content: Content::Inline((*b"pass").into()),
        executable: false,
        size: 4,
        sha256: Sha256::of(b"pass"),
    };
    let owner = Owner::Application;
    tree.insert("app/a.py".parse().unwrap(), Entry { kind, owner }).unwrap();
    Request {
        id: id.parse().unwrap(),
        version: id.to_owned(),
        tree,
        services: Programs {
            command: vec!["serve".to_owned()],
            listen: ([127, 0, 0, 1], 8000).into(),
            others: Vec::new(),
            scheduled: Vec::new(),
        },
        prepare: vec![vec![
            "python".to_owned(),
            "{app}/manage.py".to_owned(),
            "migrate".to_owned(),
        ]],
        health: config::Health {
            path: "/-/release".to_owned(),
            timeout: Duration::from_secs(30),
        },
        environment: config::Environment {
            generate: vec!["SECRET_KEY".to_owned()],
            set: BTreeMap::new(),
        },
        at: Timestamp::from_second(7).unwrap(),
    }
}

/// A host where these releases were live, the last of them still.
fn host(ids: &[&str]) -> HostState {
    let last = ids.last().map(|id| id.parse().unwrap());
    let store = |id: &&str| ((*id).to_owned(), StoredRelease::of(&request(id)));
    HostState {
        current: last.clone(),
        running: last,
        live: ids.iter().map(|id| id.parse().unwrap()).collect(),
        supervised: true,
        ready: ids.iter().map(store).collect(),
        environment: ["SECRET_KEY".to_owned()].into(),
        address: Some(([127, 0, 0, 1], 8000).into()),
        ..HostState::default()
    }
}

#[test]
fn the_first_deployment() {
    let plan = plan(&HostState::default(), &request("1.0"));
    insta::assert_snapshot!(plan, @"
    generate SECRET_KEY
    unpack 1.0: 1 files, 4 B
    run `python {app}/manage.py migrate`
    sync 1.0 and mark it ready
    listen on 127.0.0.1:8000, or a free port
    make 1.0 current
    restart the service as 1.0
    wait at most 30s until /-/release answers 1.0
    ");
    insta::assert_snapshot!(plan.undo(plan.steps.len()), @r"
    remove current
    stop the service
    set 1.0 aside
    ");
}

#[test]
fn an_upgrade() {
    let plan = plan(&host(&["1.0"]), &request("1.1"));
    insta::assert_snapshot!(plan, @"
    unpack 1.1: 1 files, 4 B
    run `python {app}/manage.py migrate`
    sync 1.1 and mark it ready
    switch current from 1.0 to 1.1
    restart the service as 1.1
    wait at most 30s until /-/release answers 1.1
    ");
    insta::assert_snapshot!(plan.undo(plan.steps.len()), @r"
    switch current from 1.1 to 1.0
    restart the service as 1.0
    wait at most 30s until /-/release answers 1.0
    set 1.1 aside
    ");
}

#[test]
fn an_upgrade_that_fails_while_it_is_prepared_leaves_the_service_alone() {
    let plan = plan(&host(&["1.0"]), &request("1.1"));
    insta::assert_snapshot!(plan.undo(2), @"set 1.1 aside");
}

#[test]
fn a_rollback() {
    let state = host(&["1.0", "1.1"]);
    let plan = go_live(&state, state.earlier(state.current.as_ref()).unwrap());
    insta::assert_snapshot!(plan, @r"
    switch current from 1.1 to 1.0
    restart the service as 1.0
    wait at most 30s until /-/release answers 1.0
    ");
    insta::assert_snapshot!(plan.undo(plan.steps.len()), @r"
    switch current from 1.0 to 1.1
    restart the service as 1.1
    wait at most 30s until /-/release answers 1.1
    ");
}

#[test]
fn a_release_that_is_live_needs_nothing_and_one_that_died_only_starts() {
    let mut state = host(&["1.0", "1.1"]);
    assert_eq!(plan(&state, &request("1.1")), Plan::default());
    state.running = None;
    insta::assert_snapshot!(plan(&state, &request("1.1")), @r"
    restart the service as 1.1
    wait at most 30s until /-/release answers 1.1
    ");
}

#[test]
fn what_a_crash_left_between_switch_and_check_is_finished_or_taken_back() {
    let mut state = host(&["1.0"]);
    let new = request("1.1");
    state.ready.insert("1.1".to_owned(), StoredRelease::of(&new));
    state.current = Some(new.id.clone());
    let plan = plan(&state, &new);
    insta::assert_snapshot!(plan, @r"
    switch current from 1.0 to 1.1
    restart the service as 1.1
    wait at most 30s until /-/release answers 1.1
    ");
    insta::assert_snapshot!(plan.undo(1), @"switch current from 1.1 to 1.0");
}

#[test]
fn what_a_crash_left_is_taken_back_before_another_release() {
    let mut state = host(&["1.0"]);
    assert_eq!(recover(&state, &request("1.2")), Plan::default());
    let new = request("1.1");
    state.ready.insert("1.1".to_owned(), StoredRelease::of(&new));
    state.current = Some(new.id.clone());
    assert_eq!(recover(&state, &new), Plan::default());
    insta::assert_snapshot!(recover(&state, &request("1.2")), @r"
    switch current from 1.1 to 1.0
    restart the service as 1.0
    ");
    state.live.clear();
    insta::assert_snapshot!(recover(&state, &request("1.2")), @r"
    remove current
    stop the service
    ");
}

#[test]
fn another_address_is_taken_back_too() {
    let mut state = host(&["1.0"]);
    state.asked = Some(([127, 0, 0, 1], 9000).into());
    let plan = plan(&state, &request("1.1"));
    insta::assert_snapshot!(plan.undo(plan.steps.len()), @r"
    listen on 127.0.0.1:8000
    switch current from 1.1 to 1.0
    restart the service as 1.0
    wait at most 30s until /-/release answers 1.0
    set 1.1 aside
    ");
}

#[test]
fn a_live_release_with_other_content_is_a_conflict() {
    let state = host(&["1.0"]);
    let mut changed = request("1.0");
    assert!(!state.conflicts(&changed));
    changed.services.command.push("--reload".to_owned());
    assert!(state.conflicts(&changed));
}

#[test]
fn steps_are_plain_data() {
    let plan = Plan {
        steps: vec![
            Step::Stop,
            go_live(&host(&["1"]), &StoredRelease::of(&request("2")))
                .steps
                .remove(0),
        ],
    };
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(
        json,
        r#"[{"step":"stop"},{"step":"switch-current","release":"2","previous":"1"}]"#
    );
}
