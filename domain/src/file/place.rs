//! Whether a picture tells where it was taken. Phones write that into it, beside what everybody sees.
//!
//! Only what such notes are kept in is read (Exif and XMP, in JPEG, PNG and WebP); no picture is decoded.

use super::MediaType;

/// The tag of Exif's first directory that leads to the directory of the position.
const GPS_DIRECTORY: u16 = 0x8825;
/// More directories than any picture has.
const MOST_ENTRIES: usize = 1_000;

/// Whether a picture tells where it was taken. What cannot be read tells nothing.
pub fn shows_place(media_type: MediaType, bytes: &[u8]) -> bool {
    match media_type {
        MediaType::Jpeg => jpeg(bytes),
        MediaType::Png => png(bytes),
        MediaType::Webp => webp(bytes),
        _ => false,
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The segments before the picture itself: marker, length with its own two bytes, content.
fn jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker]) = array(bytes, at) {
        if marker == 0xff {
            at += 1; // Fill bytes may stand before a marker.
            continue;
        }
        // The picture begins, or ends.
        if matches!(marker, 0xda | 0xd9) {
            return false;
        }
        let Some(length) = array(bytes, at + 2).map(u16::from_be_bytes) else { return false };
        let Some(content) = bytes.get(at + 4..at + 2 + usize::from(length)) else { return false };
        if marker == 0xe1 && (content.strip_prefix(b"Exif\0\0").is_some_and(exif) || xmp(content)) {
            return true;
        }
        at += 2 + usize::from(length);
    }
    false
}

/// Chunks: length, type, content, checksum.
fn png(bytes: &[u8]) -> bool {
    let mut at = 8;
    while let (Some(length), Some(kind)) = (array(bytes, at).map(u32::from_be_bytes), array::<4>(bytes, at + 4)) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(end) = (at + 8).checked_add(length) else { return false };
        let Some(content) = bytes.get(at + 8..end) else { return false };
        let tells = match &kind {
            b"eXIf" => exif(content),
            b"iTXt" | b"tEXt" => xmp(content),
            _ => false,
        };
        if tells {
            return true;
        }
        at = end + 4;
    }
    false
}

/// Chunks: type, length, content, filled up to an even length.
fn webp(bytes: &[u8]) -> bool {
    let mut at = 12;
    while let (Some(kind), Some(length)) = (array::<4>(bytes, at), array(bytes, at + 4).map(u32::from_le_bytes)) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(end) = (at + 8).checked_add(length) else { return false };
        let Some(content) = bytes.get(at + 8..end) else { return false };
        let tells = match &kind {
            // Some programs write the header of JPEG's segment before it.
            b"EXIF" => exif(content.strip_prefix(b"Exif\0\0").unwrap_or(content)),
            b"XMP " => xmp(content),
            _ => false,
        };
        if tells {
            return true;
        }
        at = end + (length & 1);
    }
    false
}

/// Whether the first directory of Exif leads to a position that has anything in it.
fn exif(tiff: &[u8]) -> bool {
    let is_little = match tiff.get(..4) {
        Some([b'I', b'I', 42, 0]) => true,
        Some([b'M', b'M', 0, 42]) => false,
        _ => return false,
    };
    let short = |at| array(tiff, at).map(if is_little { u16::from_le_bytes } else { u16::from_be_bytes });
    let long = |at| {
        let value = array(tiff, at).map(if is_little { u32::from_le_bytes } else { u32::from_be_bytes })?;
        usize::try_from(value).ok()
    };
    let Some(first) = long(4) else { return false };
    let entries = usize::from(short(first).unwrap_or(0)).min(MOST_ENTRIES);
    let position = (0..entries).map(|entry| first.saturating_add(2 + entry * 12)).find(|at| short(*at) == Some(GPS_DIRECTORY));
    // A program that takes the position off may leave the empty directory; one that holds but its version (tag 0) tells nothing.
    let Some(directory) = position.and_then(|at| long(at.saturating_add(8))) else { return false };
    let tags = usize::from(short(directory).unwrap_or(0)).min(MOST_ENTRIES);
    (0..tags).any(|tag| short(directory.saturating_add(2 + tag * 12)).is_some_and(|tag| tag != 0))
}

/// Whether a packet of XMP, or any text, names a position.
fn xmp(content: &[u8]) -> bool {
    [&b"GPSLatitude"[..], b"GPSLongitude"].iter().any(|name| content.windows(name.len()).any(|part| part == *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exif with one directory that holds the orientation and leads to a position with these tags.
    fn tiff(is_little: bool, gps_tags: Option<&[u16]>) -> Vec<u8> {
        let short = |value: u16| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let long = |value: u32| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
        let mut bytes = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        bytes.extend(long(8));
        let entry = |tag: u16, value: u32| [&short(tag)[..], &short(4), &long(1), &long(value)].concat();
        bytes.extend(short(1 + u16::from(gps_tags.is_some())));
        bytes.extend(entry(0x0112, 6));
        if let Some(tags) = gps_tags {
            let directory = u32::try_from(bytes.len() + 12 + 4).unwrap();
            bytes.extend(entry(GPS_DIRECTORY, directory));
            bytes.extend(long(0));
            bytes.extend(short(u16::try_from(tags.len()).unwrap()));
            tags.iter().for_each(|tag| bytes.extend(entry(*tag, 0)));
        }
        bytes.extend(long(0));
        bytes
    }

    fn in_jpeg(header: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(2 + header.len() + content.len()).unwrap().to_be_bytes();
        let jfif = [&[0xff, 0xe0, 0, 4][..], &[0, 0]].concat();
        [&[0xff, 0xd8][..], &jfif, &[0xff, 0xe1], &length, header, content, &[0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]].concat()
    }

    fn in_png(kind: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        let head = [&0u32.to_be_bytes()[..], b"IHDR", &[0; 4]].concat();
        [b"\x89PNG\r\n\x1a\n", &head[..], &length, kind, content, &[0; 4]].concat()
    }

    fn in_webp(kind: &[u8], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        // A chunk of odd length is filled up.
        [b"RIFF\0\0\0\0WEBP", &b"VP8 \x01\0\0\0\x2a\0"[..], kind, &length, content].concat()
    }

    #[test]
    fn a_position_is_found_wherever_cameras_write_it() {
        for is_little in [true, false] {
            for (tags, expected) in [(None, false), (Some(&[][..]), false), (Some(&[0][..]), false), (Some(&[0, 1, 2][..]), true)]
            {
                let tiff = tiff(is_little, tags);
                assert_eq!(shows_place(MediaType::Jpeg, &in_jpeg(b"Exif\0\0", &tiff)), expected, "{tags:?}");
                assert_eq!(shows_place(MediaType::Png, &in_png(b"eXIf", &tiff)), expected, "{tags:?}");
                assert_eq!(shows_place(MediaType::Webp, &in_webp(b"EXIF", &tiff)), expected, "{tags:?}");
            }
        }
        let packet = b"<x:xmpmeta exif:GPSLatitude=\"21,2.5N\"/>";
        assert!(shows_place(MediaType::Jpeg, &in_jpeg(b"http://ns.adobe.com/xap/1.0/\0", packet)));
        assert!(shows_place(MediaType::Png, &in_png(b"iTXt", packet)));
        assert!(shows_place(MediaType::Webp, &in_webp(b"XMP ", packet)));
        assert!(!shows_place(MediaType::Jpeg, &in_jpeg(b"http://ns.adobe.com/xap/1.0/\0", b"<x:xmpmeta/>")));
        assert!(!shows_place(MediaType::Pdf, packet));
    }

    #[test]
    fn what_is_broken_off_or_lies_about_its_length_is_read_to_its_end_and_no_further() {
        let tiff = tiff(true, Some(&[1]));
        for (media_type, whole) in [
            (MediaType::Jpeg, in_jpeg(b"Exif\0\0", &tiff)),
            (MediaType::Png, in_png(b"eXIf", &tiff)),
            (MediaType::Webp, in_webp(b"EXIF", &tiff)),
        ] {
            for end in 0..whole.len() {
                shows_place(media_type, &whole[..end]);
            }
            for at in 0..whole.len() {
                let mut changed = whole.clone();
                changed[at] = 0xff;
                shows_place(media_type, &changed);
            }
        }
    }
}
