//! The remedy that is printed with an error, or after a typing error.

use crate::cli::runner::Rig;

#[test]
fn missing_or_duplicate_name_gives_a_hint_with_a_command() {
    let rig = Rig::new();
    let client = &rig.client;
    let seen = client.piped(&["toxic", "add", "web", "-t", "noop"]);
    assert_eq!(seen.code, 0, "{seen:?}");
    let list = "did you mean \"web\"?\n`aconite list` shows the proxies.\n";
    let toxics = "`aconite inspect web` shows the toxics.\n";
    let session = "`aconite session start gone` starts one.\n";
    let lines = [
        ("inspect wob", list),
        ("delete wob", list),
        ("toggle wob", list),
        ("stats wob", list),
        ("connections wob", list),
        ("kill wob 1", list),
        ("toxic add wob -t noop", list),
        ("toxic update wob -n x --toxicity 1", list),
        ("toxic remove wob -n x", list),
        ("toxic update web -n x --toxicity 1", toxics),
        ("toxic remove web -n x", toxics),
        ("stats web x", toxics),
        ("kill web 9", "`aconite connections web` shows"),
        ("session end gone", session),
        ("session renew gone", session),
        ("reset --session gone", session),
        ("toxic add web -t noop -n x --session gone", session),
        ("toggle web --session gone", session),
        (
            "toxic add web -t noop",
            "update web --name noop_downstream` changes it, or ",
        ),
        (
            "create web -l 127.0.0.1:0 -u :9",
            "`aconite delete web` deletes it, or ",
        ),
    ];
    for (line, words) in lines {
        let split: Vec<&str> = line.split(' ').collect();
        let seen = client.piped(&split);
        assert_eq!(
            (seen.code, seen.output.as_str()),
            (1, ""),
            "{line}: {seen:?}"
        );
        assert!(seen.errors.contains(words), "{line}: {seen:?}");
        let mut hints = seen.errors.lines().skip(1);
        assert!(
            hints.all(|hint| !hint.contains(" /")),
            "a route: {line}: {seen:?}"
        );
    }
}
