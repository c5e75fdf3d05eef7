//! The page.

use crate::support::scene;

#[tokio::test]
async fn every_file_is_served_under_a_strict_policy() {
    let scene = scene().await;
    let page = scene.http.get(scene.url("/")).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let html = page.text().await.unwrap();
    assert!(
        !html.contains("<script>") && !html.contains("style=") && !html.contains("http"),
        "nothing inline or foreign"
    );
    let mut paths: Vec<String> =
        html.split('"').filter(|part| part.starts_with("/page/")).map(ToOwned::to_owned).collect();
    assert!(paths.len() >= 3);
    while let Some(path) = paths.pop() {
        let file = scene.http.get(scene.url(&path)).send().await.unwrap();
        assert_eq!(file.status(), 200, "{path}");
        assert_eq!(file.headers()["x-content-type-options"], "nosniff");
        let text = file.text().await.unwrap();
        assert!(!text.contains("innerHTML") && !text.contains("insertAdjacentHTML"), "{path}");
        if path.rsplit('.').next() == Some("js") {
            let imports = text.split('"').filter_map(|part| part.strip_prefix("./"));
            paths.extend(imports.map(|name| format!("/page/{name}")));
        }
    }
}
