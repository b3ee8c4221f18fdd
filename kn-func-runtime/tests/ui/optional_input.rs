use kn_func_runtime::{Event, kn_function};

#[kn_function]
async fn main(event: Option<Event>) -> Option<Event> {
    event
}
