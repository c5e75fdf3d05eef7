//! Every route, asked by everyone who has no right to what it is about.

mod scene;
mod table;

use std::collections::BTreeSet;

use scene::{ALL, Scene};
use serde_json::json;
use table::{Needs, routes};
use testkit::app::{Browser, ServerOptions};
use testkit::databases::TestDatabase;

async fn the_table_names_every_route(database: TestDatabase) {
    let options = ServerOptions::new(crate::TELEDESK, &database, "http://127.0.0.1:9".to_owned());
    let server = options.start().unwrap();
    let description = Browser::new(&server.url).get("/api/openapi.json").await.ok();
    let mut there = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        there.extend(methods.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())));
    }
    let known = routes().iter().map(|it| (it.method.to_owned(), it.path.to_owned())).collect();
    assert_eq!(there, known, "the API's routes, and those of the table");
}

async fn the_signed_out_and_foreign_pages_get_nothing(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let before = scene.everything().await;
    let nobody = Browser::new(&scene.team.server.url);
    let base = scene.team.server.url.clone();
    let other_port = "http://127.0.0.1:1".to_owned();
    for route in routes() {
        let id = route.of.map_or("", |thing| scene.id(thing));
        let answer = scene.ask(&nobody, &route, id).await;
        scene.tells_nothing(&answer, id);
        match (route.needs, route.path) {
            (Needs::Nothing, "/api/setup") => answer.refused(409, "setup_done"),
            (Needs::Nothing, "/api/invitations/look" | "/api/invitations/accept") => {
                answer.refused(404, "not_found");
            }
            (Needs::Nothing, "/api/logins") => answer.refused(401, "wrong_credentials"),
            (Needs::Nothing, _) => drop(answer.ok()),
            _ => answer.refused(401, "signed_out"),
        }
        // The owner's own browser, on somebody else's page.
        for origin in ["http://evil.test", "null", &other_port, &format!("{base}.evil.test"), "https://t.me"]
        {
            let answer = scene.ask(&scene.team.owner.on_page_of(origin), &route, id).await;
            answer.refused(403, "foreign_origin");
            scene.tells_nothing(&answer, id);
        }
    }
    scene.is_untouched(&before).await;
}

async fn a_page_of_another_site_is_known_by_fetch_metadata(database: TestDatabase) {
    let scene = Scene::new(database).await;
    for site in ["cross-site", "same-site", "rubbish"] {
        let path = "/api/me/status";
        let owner = &scene.team.owner;
        let request = owner.request(reqwest::Method::PUT, path).header("sec-fetch-site", site);
        owner.fetch(request.json(&json!({ "status": "online" }))).await.refused(403, "foreign_origin");
    }
}

async fn a_member_of_another_workspace_gets_nothing(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let before = scene.everything().await;
    let neighbour = &scene.neighbour;
    for route in
        routes().iter().filter(|route| route.path != "/api/logins/current" && route.path != "/api/events")
    {
        let id = route.of.map_or("", |thing| scene.id(thing));
        let answer = scene.ask(neighbour, route, id).await;
        scene.tells_nothing(&answer, id);
        if route.of.is_some() {
            answer.refused(404, "not_found");
        }
    }
    for path in [
        "/api/sessions?tab=all",
        "/api/sessions?tab=waiting",
        "/api/sessions?tab=ended",
        "/api/sessions?tab=mine",
    ] {
        assert_eq!(neighbour.get(path).await.ok()["items"], json!([]));
    }
    neighbour_names_our_things(&scene).await;
    scene.is_untouched(&before).await;
}

/// Our ids where a body or a query may hold some.
async fn neighbour_names_our_things(scene: &Scene) {
    let (neighbour, project) = (&scene.neighbour, scene.id(scene::Thing::Project));
    for path in ["/api/sessions?tab=all&project=", "/api/sessions/counts?project="] {
        neighbour.get(&format!("{path}{project}")).await.refused(404, "not_found");
    }
    let member = json!({ "name": "Spy", "login_name": "spy2", "role": "agent", "password": "long enough to be one", "projects": [project] });
    neighbour.post("/api/members", member).await.invalid(&[("projects", "unknown")]);
    let taken = neighbour.post("/api/projects", json!({ "token": scene.team.bot.token })).await;
    taken.refused(409, "bot_in_use");
    scene.tells_nothing(&taken, "");
    let site = Browser::new(&scene.team.server.url).get("/api/site").await.ok();
    assert_eq!(site["workspace"], json!(null), "with two workspaces none is named to strangers");
}

/// Every role, for what its permissions open and what they don't; of the project, so that nothing else stands in the way.
async fn a_role_reaches_what_its_permissions_say(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let before = scene.everything().await;
    let nothing = uuid::Uuid::new_v4().to_string();
    for (role, manages) in [("agent", false), ("supervisor", false), ("admin", true)] {
        let browser = scene.team.add_member(&format!("a{role}"), role, json!("all")).await;
        for route in routes().iter().filter(|route| !ends_login(route)) {
            if let (Needs::Permission(permission), false) = (route.needs, manages) {
                let id = route.of.map_or("", |thing| scene.id(thing));
                let answer = scene.ask(&browser, route, id).await;
                answer.refused(403, "forbidden");
                assert_eq!(answer.body["params"]["permission"], permission, "{role} {}", route.path);
                scene.tells_nothing(&answer, id);
            } else if route.of.is_some() {
                // Past the guard there is no such thing, and so nothing happens.
                scene.ask(&browser, route, &nothing).await.refused(404, "not_found");
            } else if route.method == "get" {
                // Heard, whatever is missing in the query.
                let status = scene.ask(&browser, route, "").await.status.as_u16();
                assert!([200, 400].contains(&status), "{role} {}: {status}", route.path);
            }
        }
    }
    // Ownership is the owner's alone to give.
    let admin = Browser::new(&scene.team.server.url);
    admin.log_in_to("team", "aadmin", testkit::app::PASSWORD).await.ok();
    let body = json!({ "member_id": nothing, "password": testkit::app::PASSWORD });
    let answer = admin.post("/api/ownership", body).await;
    assert_eq!(answer.status, 403, "{}", answer.text);
    scene.is_untouched(&before).await;
}

/// Asked, it would end what the test goes on with; or it is no request like the others.
fn ends_login(route: &table::Route) -> bool {
    ["/api/logins/current", "/api/events"].contains(&route.path)
}

async fn an_agent_outside_the_project_gets_nothing_of_it(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let before = scene.everything().await;
    let outsider = &scene.outsider;
    for route in
        routes().iter().filter(|route| route.path != "/api/logins/current" && route.path != "/api/events")
    {
        let id = route.of.map_or("", |thing| scene.id(thing));
        let answer = scene.ask(outsider, route, id).await;
        scene.tells_nothing(&answer, id);
        match route.needs {
            Needs::Permission(permission) => {
                answer.refused(403, "forbidden");
                assert_eq!(answer.body["params"]["permission"], permission);
            }
            _ if route.of.is_some() => answer.refused(404, "not_found"),
            _ => {}
        }
    }
    let project = scene.id(scene::Thing::Project);
    outsider.get(&format!("/api/sessions?tab=all&project={project}")).await.refused(404, "not_found");
    outsider.get(&format!("/api/sessions/counts?project={project}")).await.refused(404, "not_found");
    assert_eq!(outsider.get("/api/sessions/counts").await.ok()["all"], 0);
    assert_eq!(outsider.get("/api/projects").await.ok()["items"].as_array().unwrap().len(), 1);
    scene.is_untouched(&before).await;
}

/// Every role of another workspace, and a supervisor outside of the project: none opens what the project holds.
async fn no_role_elsewhere_opens_anything(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let before = scene.everything().await;
    let mut strangers = vec![scene.team.add_member("nosy", "supervisor", json!([scene.team.project])).await];
    for role in ["agent", "supervisor", "admin"] {
        let member = json!({ "name": role, "login_name": role, "role": role, "projects": "all",
            "password": testkit::app::PASSWORD });
        scene.neighbour.post("/api/members", member).await.ok();
        let stranger = Browser::new(&scene.team.server.url);
        stranger.log_in_to("next-door", role, testkit::app::PASSWORD).await.ok();
        strangers.push(stranger);
    }
    for stranger in strangers {
        for route in routes().iter().filter(|route| !ends_login(route)) {
            let id = route.of.map_or("", |thing| scene.id(thing));
            let answer = scene.ask(&stranger, route, id).await;
            scene.tells_nothing(&answer, id);
            if route.of.is_some() {
                let code = answer.body["code"].as_str().unwrap_or_default();
                let refused = ["forbidden", "not_found"].contains(&code);
                assert!(refused, "{} {}: {} {}", route.method, route.path, answer.status, answer.text);
            }
        }
    }
    scene.is_untouched(&before).await;
}

async fn ids_that_name_nothing_are_not_found(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let before = scene.everything().await;
    let random = uuid::Uuid::new_v4().to_string();
    for route in routes().into_iter().filter(|route| route.of.is_some()) {
        let others = ALL.into_iter().filter(|thing| Some(*thing) != route.of).map(|thing| scene.id(thing));
        let rubbish = [&random, "1", "x", "%00", "%FF", "'--", "0193e9f0-0000-7000-8000-000000000000x"];
        for id in others.chain(rubbish) {
            let answer = scene.ask(&scene.team.owner, &route, id).await;
            answer.refused(404, "not_found");
        }
    }
    scene.is_untouched(&before).await;
}

async fn addresses_and_methods_that_are_not_there(database: TestDatabase) {
    let scene = Scene::new(database).await;
    let owner = &scene.team.owner;
    for path in ["/api", "/api/", "/api/nothing", "/api/me/nothing", "/api/sessions/x/y/z", "/api/%FF"] {
        owner.get(path).await.refused(404, "not_found");
        owner.post(path, json!({})).await.refused(404, "not_found");
    }
    for path in ["/api/me", "/api/sessions", "/api/site", "/healthz", "/"] {
        owner.delete(path).await.refused(405, "method_not_allowed");
    }
}

testkit::both_databases!(
    a_role_reaches_what_its_permissions_say,
    a_member_of_another_workspace_gets_nothing,
    an_agent_outside_the_project_gets_nothing_of_it,
    no_role_elsewhere_opens_anything,
    ids_that_name_nothing_are_not_found,
);
testkit::on_sqlite!(
    the_table_names_every_route,
    the_signed_out_and_foreign_pages_get_nothing,
    a_page_of_another_site_is_known_by_fetch_metadata,
    addresses_and_methods_that_are_not_there,
);
