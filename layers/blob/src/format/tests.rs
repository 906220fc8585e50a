use super::LayerFormat;
use crate::FORMAT_VERSION;

#[test]
fn a_format_is_known_by_its_number() {
    for format in LayerFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
        assert_eq!(LayerFormat::try_from(format.number()), Ok(format));
    }
    for text in ["0", "3", "01", "v1", " 1", ""] {
        let error = text.parse::<LayerFormat>().unwrap_err().to_string();
        assert_eq!(error, format!("there is no layer format {text}, expected 1 or 2"));
    }
}

#[test]
fn the_newest_is_the_default() {
    assert_eq!(LayerFormat::ALL.last(), Some(&LayerFormat::default()));
    assert_eq!(FORMAT_VERSION, LayerFormat::default().number());
}
