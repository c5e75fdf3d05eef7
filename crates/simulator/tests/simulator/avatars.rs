//! Avatars, and the files behind them.

use serde_json::json;

use crate::support::{refusal, started};

#[tokio::test]
async fn an_avatar_is_found_and_fetched() {
    let scene = started().await;
    let who = json!({ "user_id": scene.customer.id });
    let none = scene.call("getUserProfilePhotos", who.clone()).await.1;
    assert_eq!(none["result"], json!({ "total_count": 0, "photos": [] }));
    let avatar = scene.url(&format!("/control/customers/{}/avatar", scene.customer.id));
    assert_eq!(scene.http.put(&avatar).send().await.unwrap().status(), 204);

    let found = scene.call("getUserProfilePhotos", who.clone()).await.1["result"].clone();
    assert_eq!(found["total_count"], 1);
    for (size, pixels) in [160, 320, 640].into_iter().enumerate() {
        let photo = &found["photos"][0][size];
        assert_eq!(photo["width"], pixels);
        let file = scene.call("getFile", json!({ "file_id": photo["file_id"] })).await.1["result"].clone();
        assert_eq!(file["file_size"], photo["file_size"]);
        let path = format!("/file/bot{}/{}", scene.bot.token, file["file_path"].as_str().unwrap());
        let response = scene.http.get(scene.url(&path)).send().await.unwrap();
        assert_eq!(response.content_length(), file["file_size"].as_u64());
        let bytes = response.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\x89PNG") && bytes.ends_with(b"IEND\xAE\x42\x60\x82"));
    }
    let chat = scene.call("getChat", json!({ "chat_id": scene.customer.id })).await.1;
    assert_eq!(chat["result"]["photo"]["big_file_id"], found["photos"][0][2]["file_id"]);

    scene.simulator.set_avatar(scene.customer.id).unwrap();
    let other = scene.call("getUserProfilePhotos", who.clone()).await.1;
    assert_ne!(other["result"]["photos"], found["photos"], "another picture");
    assert_eq!(scene.http.delete(&avatar).send().await.unwrap().status(), 204);
    assert_eq!(scene.call("getUserProfilePhotos", who).await.1["result"]["total_count"], 0);
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let scene = started().await;
    for (method, params, words) in [
        ("getFile", json!({}), "file_id not specified"),
        ("getFile", json!({ "file_id": "x" }), "invalid file_id"),
        (
            "getFile",
            json!({ "file_id": "AgACAvatar-1-1-160" }),
            "wrong file_id or the file is temporarily unavailable",
        ),
        ("getUserProfilePhotos", json!({}), "invalid user_id specified"),
        ("getUserProfilePhotos", json!({ "user_id": 1 }), "user not found"),
    ] {
        let expected = refusal(400, &format!("Bad Request: {words}"));
        assert_eq!(scene.call(method, params).await, expected);
    }
    let nowhere = scene.url(&format!("/file/bot{}/photos/avatar-1-1-160.png", scene.bot.token));
    assert_eq!(scene.http.get(nowhere).send().await.unwrap().status(), 404);
    let stranger = scene.url("/file/bot1:x/photos/avatar-1-1-160.png");
    assert_eq!(scene.http.get(stranger).send().await.unwrap().status(), 401);
}
