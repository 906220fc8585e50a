#![allow(clippy::unwrap_used)]

use fourply_platform::Libc;
use fourply_platform::elf::Program;

use super::super::testing::Bed;
use super::*;

fn program(cpu: &str, interpreter: Option<&str>, needed: &[&str]) -> &'static Program {
    let needed = needed.iter().map(|name| (*name).to_owned()).collect();
    let interpreter = interpreter.map(str::to_owned);
    Box::leak(Box::new(Program { cpu: cpu.to_owned(), interpreter, needed, library: None }))
}

#[test]
fn programs_of_the_base_need_their_machine_their_loader_and_their_libraries() {
    let mut bed = Bed::new(&[]);
    let target = Target { os: "linux".to_owned(), cpu: "x64".to_owned(), libc: Libc::Glibc, node: None };
    let loader = Some("/lib64/ld-linux-x86-64.so.2");
    let found = |bed: &Bed| {
        let place = (Asker::Start, "node", "/usr/local/bin/node");
        fault(&bed.tree(), place, &target).map_or(String::new(), |finding| finding.to_string())
    };
    assert_eq!(found(&bed), "", "a file that nothing is known of");
    let node = |bed: &mut Bed, cpu, needed: &[&str]| {
        bed.base.insert("usr/local/bin/node", BaseNode::Program(true, program(cpu, loader, needed)));
    };
    node(&mut bed, "arm64", &[]);
    assert_eq!(
        found(&bed),
        "the command starts /usr/local/bin/node, which cannot run: it is for arm64, and the image for x64"
    );
    node(&mut bed, "x64", &["libc.so.6", "libstdc++.so.6"]);
    assert_eq!(
        found(&bed),
        "the command starts node, which needs /lib64/ld-linux-x86-64.so.2, and the base does not have it"
    );
    bed.base.insert("lib64", BaseNode::Directory);
    bed.base.insert("lib64/ld-linux-x86-64.so.2", BaseNode::File(true));
    bed.base.insert(
        "usr/lib/libc.so.6",
        BaseNode::Program(true, program("x64", None, &["ld-linux-x86-64.so.2"])),
    );
    assert_eq!(
        found(&bed),
        "the command starts node, which needs libstdc++.so.6, and the base does not have it"
    );
    // The needs of a library count too, through links.
    bed.base.insert("usr/lib/libstdc++.so.6", BaseNode::Link("libstdc++.so.6.0.30"));
    bed.base.insert(
        "usr/lib/libstdc++.so.6.0.30",
        BaseNode::Program(false, program("x64", None, &["libm.so.6"])),
    );
    bed.base.insert("usr/lib", BaseNode::Directory);
    assert_eq!(found(&bed), "the command starts node, which needs libm.so.6, and the base does not have it");
    bed.base.insert("usr/lib/libm.so.6", BaseNode::File(false));
    assert_eq!(found(&bed), "");
}
