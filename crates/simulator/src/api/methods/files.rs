//! `getUserProfilePhotos`, `getFile`, and the download.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::Call;
use crate::api::answer::ApiError;
use crate::avatar::Avatar;
use crate::simulator::Simulator;

pub(super) fn profile_photos(call: &Call) -> Result<String, ApiError> {
    let user_id = call.params.integer("user_id").filter(|&id| id > 0);
    let user_id = user_id.ok_or_else(|| ApiError::bad("invalid user_id specified"))?;
    call.simulator.world.customer(user_id).map_err(|_| ApiError::bad("user not found"))?;
    let avatar = call.simulator.avatar(user_id);
    let skipped = call.params.integer("offset").is_some_and(|offset| offset > 0);
    let photos: Vec<Value> = avatar.filter(|_| !skipped).iter().map(|sizes| sizes.map(size).into()).collect();
    Ok(json!({ "total_count": u8::from(avatar.is_some()), "photos": photos }).to_string())
}

fn size(avatar: Avatar) -> Value {
    json!({
        "file_id": avatar.file_id(),
        "file_unique_id": avatar.unique_id(),
        "file_size": avatar.png().len(),
        "width": avatar.size,
        "height": avatar.size,
    })
}

pub(super) fn get_file(call: &Call) -> Result<String, ApiError> {
    let file_id = call.params.text("file_id");
    if file_id.is_empty() {
        return Err(ApiError::bad("file_id not specified"));
    }
    let avatar = Avatar::of_file_id(&file_id).ok_or_else(|| ApiError::bad("invalid file_id"))?;
    if !call.simulator.knows(avatar) {
        return Err(ApiError::bad("wrong file_id or the file is temporarily unavailable"));
    }
    let file = json!({
        "file_id": file_id,
        "file_unique_id": avatar.unique_id(),
        "file_size": avatar.png().len(),
        "file_path": avatar.path(),
    });
    Ok(file.to_string())
}

/// What is behind a file's path.
pub(crate) fn download(simulator: &Simulator, path: &str) -> Response {
    match Avatar::of_path(path).filter(|avatar| simulator.knows(*avatar)) {
        Some(avatar) => ([(header::CONTENT_TYPE, "application/octet-stream")], avatar.png()).into_response(),
        None => ApiError::new(404, "Not Found").into_response(),
    }
}
