use super::*;

#[test]
fn places_are_read_as_docker_and_podman_write_them() {
    let of = |text: &str| endpoint("DOCKER_HOST", text).ok();
    assert_eq!(of("unix:///run/docker.sock"), Some(Endpoint::Socket("/run/docker.sock".into())));
    assert_eq!(of("tcp://127.0.0.1:2375"), Some(Endpoint::Tcp("127.0.0.1:2375".to_owned())));
    for bad in ["ssh://root@host", "unix://relative", "tcp://", "/run/docker.sock", "npipe:////./pipe/docker"]
    {
        assert_eq!(of(bad), None, "{bad}");
    }
}
