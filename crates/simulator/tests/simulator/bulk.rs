//! Writing in bulk.

use serde_json::json;

use crate::support::scene;

#[tokio::test]
async fn many_write_and_every_departure_is_known() {
    let scene = scene().await;
    let plan =
        json!({ "bots": [scene.bot.id], "customers": 20, "messages": 150, "rate": 100_000.0, "seed": 3 });
    let begin = async |plan: &serde_json::Value| {
        scene.http.post(scene.url("/control/bulk")).json(plan).send().await.unwrap().status().as_u16()
    };
    assert_eq!(begin(&plan).await, 202);
    while scene.simulator.bulk().unwrap().running {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.simulator.bulk().unwrap().written, 150);
    assert_eq!(scene.simulator.customers().len(), 21);
    assert_eq!(scene.simulator.departures(), "");
    let ids = scene.update_ids(0).await;
    let first = scene.simulator.departures();
    scene.update_ids(0).await;
    let listed = scene.http.get(scene.url("/control/bulk/departures")).send().await.unwrap();
    assert_eq!(listed.text().await.unwrap(), first, "only the first time counts");
    let lines: Vec<Vec<i64>> =
        first.lines().map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect()).collect();
    assert_eq!(lines.iter().map(|line| line[2]).collect::<Vec<_>>(), ids);
    assert_eq!((lines[99][0], lines[99][1]), (99, scene.bot.id));
    assert_eq!(begin(&json!({ "bots": [], "customers": 1, "messages": 1, "rate": 1 })).await, 422);
}
