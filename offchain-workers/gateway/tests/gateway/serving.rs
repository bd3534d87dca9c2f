//! How it answers and listens.

use super::*;

#[tokio::test]
async fn refusals_should_be_json_and_headers_bounded() {
    let setup = start().await;
    setup.show(&[]);
    let http = http();
    for (path, status) in [("/", 404), ("/v1/blobs/xyz", 400), ("/v1/blobs/../../etc/passwd", 404)] {
        let answer = http.get(format!("{}{path}", setup.url)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert!(!answer.json::<ErrorBody>().await.unwrap().error.is_empty());
    }
    let status: StatusBody = http
        .get(format!("{}/v1/status", setup.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(status.ready);
    let long = http
        .get(format!("{}/v1/status", setup.url))
        .header("x", "y".repeat(40_000))
        .send()
        .await;
    assert!(long.map_or(true, |answer| answer.status() == 431));
}

#[tokio::test]
async fn other_machines_should_not_be_served_in_plaintext_unless_told() {
    let address = "0.0.0.0:0".parse().unwrap();
    let refused = listen(address, Protection::ThisMachine).await;
    assert!(matches!(refused, Err(ListenError::Plaintext(_))));
    assert!(listen(address, Protection::PrivateNetwork).await.is_ok());
}
