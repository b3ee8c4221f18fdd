use kn_func_runtime::kn_function;

#[kn_function]
struct App;

fn main() {
    let _ = App;
}
