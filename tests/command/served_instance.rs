//! The API that a program serves for an instance of its own: a type of toxic from outside is known to
//! the client and to every route.

use aconite::custom::{Attribute, AttributeError, Chunk, Outlet, Toxic, ToxicKind, Type, Values};
use aconite::{Aconite, ErrorKind};
use std::process::Command;
use support::server;

/// Passes data only if it is enabled.
#[derive(Debug)]
struct Gate {
    open: bool,
}

impl ToxicKind for Gate {
    const NAME: &'static str = "gate";
    const ABOUT: &'static str = "Passes data only while it is open.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::new("open", Type::Boolean)
                .about("whether data passes")
                .default(false),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(Gate {
            open: values.boolean("open"),
        })
    }
}

impl Toxic for Gate {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        match self.open {
            true => out.send(chunk),
            false => out.hold_for_retry(chunk),
        }
    }
}

fn aconite(url: &str, args: &[&str]) -> String {
    let mut command = Command::new(server::executable());
    let output = command
        .args(args)
        .env("TOXIPROXY_URL", url)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_type_from_outside_is_known_to_the_client_of_a_served_instance() {
    let instance = Aconite::builder().kind::<Gate>().unwrap().start().unwrap();
    let address = instance
        .block_on(instance.serve("127.0.0.1:0".parse().unwrap()))
        .unwrap();
    let taken = instance.block_on(instance.serve(address)).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::System);
    let url = format!("http://{address}");
    assert!(aconite(&url, &["toxic", "types"]).contains("Passes data only while it is open."));
    let _proxy = instance.block_on(instance.proxy("p", "echo:")).unwrap();
    aconite(
        &url,
        &["toxic", "add", "p", "-t", "gate", "-a", "open=true"],
    );
    assert!(aconite(&url, &["inspect", "p"]).contains("gate_downstream"));
    let exported = aconite(&url, &["config", "export"]);
    assert!(
        exported.contains("\"gate\"") && exported.contains("true"),
        "{exported}"
    );
}
