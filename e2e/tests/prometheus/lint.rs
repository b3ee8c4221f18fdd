//! Whether names, types and help are as Prometheus wants them, by its own tool.

use std::io::Write;
use std::net::SocketAddr;
use std::process::Stdio;

use http::Method;
use http_body_util::Full;
use kn_func_e2e::{Client, in_own_network, program, tool};

use crate::function::{self, INSTANCE};
use crate::traffic::Traffic;

#[test]
#[ignore = "e2e/run: needs Prometheus"]
fn promtool_has_nothing_to_say_of_the_page() {
    in_own_network(async || {
        let mut function = function::start();
        Traffic::to(function.address().await).first().await;
        let metrics = Client::new(INSTANCE.parse::<SocketAddr>().unwrap());
        let request = metrics.request(Method::GET, "/metrics").header("accept", "text/plain");
        let page = metrics.send(request.body(Full::default()).unwrap()).await;
        assert!(page.text().contains("shop_orders_total 1"), "{}", page.text());
        let said = check(page.text());
        assert_eq!(said, "", "{}", page.text());
        function.stop().await;
    });
}

fn check(page: &str) -> String {
    let mut command = program(tool("promtool"));
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool can be started");
    child.stdin.take().expect("its input is a pipe").write_all(page.as_bytes()).expect("promtool reads");
    let output = child.wait_with_output().expect("promtool ends");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() { said } else { format!("{}: {said}", output.status) }
}
