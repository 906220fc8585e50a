//! System call filters for scripts. In: whether a script has a network, and namespaces. Out: active filters.
//!
//! The lists follow Docker's default profile: what it denies to an unprivileged container is denied here.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter, sock_filter,
};

use super::order::Failure;

/// The permissions of a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permits {
    pub inet: Inet,
    /// It runs as root and expects to be able to change file owners.
    pub root: bool,
}

/// The internet sockets that it may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inet {
    /// None, and it must not connect to any other socket.
    None,
    /// Connections over the host's network.
    Streams,
    /// All, in its own network. It sees no sockets of others, so it may connect to those it sees.
    Own,
}

/// Activates the filters, for this process and everything it starts.
pub(super) fn apply(permits: Permits) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new("filter system calls (seccomp)", error);
    let mut filters = vec![
        (libc::EPERM, refused(permits)),
        (libc::ENOSYS, unknown()),
        (libc::EAFNOSUPPORT, sockets(permits)),
    ];
    if permits.root {
        // Reported as successful: owners are ignored in an image, and programs that unpack as root change owners.
        let owners = [libc::SYS_fchown, libc::SYS_fchownat];
        #[cfg(target_arch = "x86_64")]
        let owners = owners.into_iter().chain([libc::SYS_chown, libc::SYS_lchown]);
        filters.push((0, owners.into_iter().map(|call| (call, vec![])).collect()));
    }
    for (number, (errno, rules)) in filters.into_iter().enumerate() {
        let target = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| failed(&error))?;
        let answer = SeccompAction::Errno(errno.unsigned_abs());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, target);
        let mut program: BpfProgram =
            filter.and_then(BpfProgram::try_from).map_err(|error| failed(&error))?;
        if number == 0 {
            program.splice(..0, no_other_numbers());
        }
        apply_filter(&program).map_err(|error| failed(&error))?;
    }
    Ok(())
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// x86-64 has a second set of numbers (x32) for the same calls: ENOSYS for all of it.
fn no_other_numbers() -> Vec<sock_filter> {
    if !cfg!(target_arch = "x86_64") {
        return Vec::new();
    }
    const LOAD: u16 = 0x20;
    const JUMP_GE: u16 = 0x35;
    const RETURN: u16 = 0x06;
    vec![
        sock_filter { code: LOAD, jt: 0, jf: 0, k: 0 },
        sock_filter { code: JUMP_GE, jt: 0, jf: 1, k: 0x4000_0000 },
        sock_filter { code: RETURN, jt: 0, jf: 0, k: 0x0005_0000 | libc::ENOSYS.unsigned_abs() },
    ]
}

/// Calls that request privileges, reach other processes, or have often had kernel vulnerabilities.
fn refused(permits: Permits) -> Rules {
    let calls = [
        libc::SYS_acct,
        libc::SYS_add_key,
        libc::SYS_adjtimex,
        libc::SYS_bpf,
        libc::SYS_chroot,
        libc::SYS_clock_adjtime,
        libc::SYS_clock_settime,
        libc::SYS_delete_module,
        libc::SYS_fanotify_init,
        libc::SYS_finit_module,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fsopen,
        libc::SYS_fspick,
        libc::SYS_init_module,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_io_uring_setup,
        libc::SYS_kcmp,
        libc::SYS_kexec_file_load,
        libc::SYS_kexec_load,
        libc::SYS_keyctl,
        libc::SYS_lookup_dcookie,
        libc::SYS_migrate_pages,
        libc::SYS_mount,
        libc::SYS_mount_setattr,
        libc::SYS_move_mount,
        libc::SYS_move_pages,
        libc::SYS_name_to_handle_at,
        libc::SYS_open_by_handle_at,
        libc::SYS_open_tree,
        libc::SYS_perf_event_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_pivot_root,
        libc::SYS_process_madvise,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_ptrace,
        libc::SYS_quotactl,
        libc::SYS_reboot,
        libc::SYS_request_key,
        libc::SYS_setdomainname,
        libc::SYS_sethostname,
        libc::SYS_setns,
        libc::SYS_settimeofday,
        libc::SYS_swapoff,
        libc::SYS_swapon,
        libc::SYS_syslog,
        libc::SYS_umount2,
        libc::SYS_unshare,
        libc::SYS_userfaultfd,
        libc::SYS_vhangup,
    ];
    let mut rules: Rules = calls.into_iter().map(|call| (call, vec![])).collect();
    #[cfg(target_arch = "x86_64")]
    rules.extend([libc::SYS_ioperm, libc::SYS_iopl, libc::SYS_uselib].map(|call| (call, vec![])));
    if permits.inet == Inet::None {
        rules.insert(libc::SYS_connect, vec![]);
    }
    // New namespaces.
    rules.insert(libc::SYS_clone, any_bits(0, NAMESPACES));
    // Insertion of characters into a terminal.
    rules.insert(libc::SYS_ioctl, equal(1, &[libc::TIOCSTI, libc::TIOCLINUX]));
    // Set-user-ID and set-group-ID files, which other users of the host could run.
    rules.insert(libc::SYS_fchmod, any_bits(1, SET_ID));
    rules.insert(libc::SYS_fchmodat, any_bits(2, SET_ID));
    rules.insert(libc::SYS_fchmodat2, any_bits(2, SET_ID));
    rules.insert(libc::SYS_openat, creating(2, 3));
    rules.insert(libc::SYS_mknodat, any_bits(2, SET_ID));
    #[cfg(target_arch = "x86_64")]
    rules.extend([
        (libc::SYS_chmod, any_bits(1, SET_ID)),
        (libc::SYS_creat, any_bits(1, SET_ID)),
        (libc::SYS_open, creating(1, 2)),
        (libc::SYS_mknod, any_bits(1, SET_ID)),
    ]);
    rules
}

/// Calls with arguments in memory, invisible to filters. Programs work without them, as on an older kernel.
fn unknown() -> Rules {
    [libc::SYS_clone3, libc::SYS_openat2].map(|call| (call, vec![])).into()
}

/// Sockets: those between processes of this host, those for information on network interfaces, and the internet if
/// allowed.
fn sockets(permits: Permits) -> Rules {
    let mut families = vec![libc::AF_UNIX, libc::AF_NETLINK];
    if permits.inet != Inet::None {
        families.extend([libc::AF_INET, libc::AF_INET6]);
    }
    let others =
        families.iter().filter_map(|family| condition(0, SeccompCmpOp::Ne, u64::from(family.unsigned_abs())));
    let others: Vec<SeccompRule> = SeccompRule::new(others.collect()).into_iter().collect();
    // Only the routes of netlink: other protocols expose more of the kernel than a script needs.
    let netlink = [
        condition(0, SeccompCmpOp::Eq, u64::from(libc::AF_NETLINK.unsigned_abs())),
        condition(2, SeccompCmpOp::Ne, u64::from(libc::NETLINK_ROUTE.unsigned_abs())),
    ];
    let netlink = SeccompRule::new(netlink.into_iter().flatten().collect());
    // Datagrams would bypass the port restriction. The type is in the lowest four bits, flags are above.
    const TYPE: u64 = 0xf;
    let inet = [libc::AF_INET, libc::AF_INET6].map(libc::c_int::unsigned_abs).map(u64::from);
    let datagrams = [libc::SOCK_DGRAM, libc::SOCK_RAW].map(libc::c_int::unsigned_abs).map(u64::from);
    let datagrams = inet.into_iter().flat_map(|family| datagrams.map(|kind| (family, kind)));
    let datagrams = datagrams.filter(|_| permits.inet == Inet::Streams).filter_map(|(family, kind)| {
        let conditions =
            [condition(0, SeccompCmpOp::Eq, family), condition(1, SeccompCmpOp::MaskedEq(TYPE), kind)];
        SeccompRule::new(conditions.into_iter().flatten().collect()).ok()
    });
    BTreeMap::from([
        (libc::SYS_socket, others.iter().cloned().chain(netlink).chain(datagrams).collect()),
        (libc::SYS_socketpair, others),
    ])
}

const SET_ID: u64 = 0o6000;
const NAMESPACES: u64 = 0x7e02_0080;

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value).ok()
}

/// A rule for each bit of `bits` in an argument.
fn any_bits(argument: u8, bits: u64) -> Vec<SeccompRule> {
    let single = (0..32).map(|bit| 1u64 << bit).filter(|bit| bits & bit != 0);
    let rule = |bit| {
        SeccompRule::new(condition(argument, SeccompCmpOp::MaskedEq(bit), bit).into_iter().collect()).ok()
    };
    single.filter_map(rule).collect()
}

/// As [`any_bits`] for a mode, if the flags say that a file is created.
fn creating(flags: u8, mode: u8) -> Vec<SeccompRule> {
    let create = u64::from(libc::O_CREAT.unsigned_abs());
    let rule = |bit| {
        let conditions = [
            condition(flags, SeccompCmpOp::MaskedEq(create), create),
            condition(mode, SeccompCmpOp::MaskedEq(bit), bit),
        ];
        SeccompRule::new(conditions.into_iter().flatten().collect()).ok()
    };
    [0o4000, 0o2000].into_iter().filter_map(rule).collect()
}

fn equal(argument: u8, values: &[u64]) -> Vec<SeccompRule> {
    let rule = |value: &u64| {
        SeccompRule::new(condition(argument, SeccompCmpOp::Eq, *value).into_iter().collect()).ok()
    };
    values.iter().filter_map(rule).collect()
}
