"""Sidecars as other programs write them, and small photos in every orientation with a catalog of their faces."""

import os
import random
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from photogender.labels import age_group
from photogender.records import Face, FaceBox, Photo, PhotoFacts, Prediction, Tagged
from tests.support.library import build

BOM = "\ufeff"


def make_photo(path: Path, orientation: int = 1, size: tuple[int, int] = (120, 80)) -> Path:
    """A picture that is ``size`` upright, grey, with a red face at 12,8-36,32; stored as the orientation says."""
    upright = Image.new("RGB", size, "grey")
    upright.paste((255, 0, 0), (12, 8, 36, 32))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose: what brings it back
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    stored.save(path, exif=exif, **({"quality": 95, "subsampling": 0} if path.suffix == ".jpg" else {}))
    return path


RED = (12.0, 8.0, 36.0, 32.0)
"""The face of ``make_photo``."""


def face(box: Sequence[float] = RED, gender: str = "female", age: float = 31.0, sure: float = 0.9) -> Face:
    """A face at a box in upright pixels."""
    prediction = Prediction(gender, sure, age, age_group(age), 0.6)  # type: ignore[arg-type]
    return Face(FaceBox(*box, 0.95), prediction)


def catalogue(path: Path, photos: dict[Path, Sequence[Face]], size: tuple[int, int] = (120, 80)) -> Path:
    """A catalog of photos as they are on disk, all of one upright size."""
    outcomes = []
    for photo, faces in photos.items():
        found = os.stat(photo)
        facts = PhotoFacts(f"hash of {os.fsencode(photo)!r}", "JPEG", *size)
        where = Photo(str(photo), os.path.dirname(photo), found.st_size, found.st_mtime_ns)
        outcomes.append(Tagged(where, facts, tuple(faces)))
    build(path, outcomes)
    return path


def _bag(tag: str, texts: Sequence[str], kind: str = "Bag", space: str = "   ") -> str:
    if not texts:
        return f"{space}<{tag}>\n{space} <rdf:{kind}/>\n{space}</{tag}>\n"
    items = "".join(f"{space}  <rdf:li>{text}</rdf:li>\n" for text in texts)
    return f"{space}<{tag}>\n{space} <rdf:{kind}>\n{items}{space} </rdf:{kind}>\n{space}</{tag}>\n"


REGIONS = {
    "Ann &amp; Bob": ("Face", (0.2, 0.25, 0.24, 0.34)),  # over the red face
    "Zoë": ("Face", (0.7, 0.5, 0.1, 0.2)),
    "Rex": ("Pet", (0.21, 0.26, 0.2, 0.3)),
    "4006381333931": ("BarCode", (0.5, 0.9, 0.1, 0.05)),
}


def _toolkit_region(name: str) -> str:
    kind, (x, y, w, h) = REGIONS[name]
    return f"""      <rdf:li>
       <rdf:Description
        mwg-rs:Name="{name}"
        mwg-rs:Type="{kind}">
       <mwg-rs:Area
        stArea:x="{x}"
        stArea:y="{y}"
        stArea:w="{w}"
        stArea:h="{h}"
        stArea:unit="normalized"/>
       </rdf:Description>
      </rdf:li>
"""


def _toolkit_regions(names: Sequence[str], applied: bool) -> str:
    size = """    <mwg-rs:AppliedToDimensions
     stDim:w="1200"
     stDim:h="800"
     stDim:unit="pixel"/>
"""
    items = "".join(map(_toolkit_region, names))
    bag = f"     <rdf:Bag>\n{items}     </rdf:Bag>\n" if names else "     <rdf:Bag/>\n"
    return f"""   <mwg-rs:Regions
    rdf:parseType="Resource">
{size if applied else ""}    <mwg-rs:RegionList>
{bag}    </mwg-rs:RegionList>
   </mwg-rs:Regions>
"""


_MWG = """    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"
"""


def digikam(random: random.Random) -> bytes:
    """One description of Exiv2's, with its list in four places, Microsoft's regions, and ACDSee's XML in a string."""
    tags = random.sample(["Places/Köln &lt;Dom&gt;", "People/Ann", "Trips/2019", "Female"], random.randrange(4))
    leaves = [tag.rpartition("/")[2] for tag in tags]
    names = random.sample(list(REGIONS), random.randrange(4))
    microsoft = "".join(
        f"""      <rdf:li
       MPReg:Rectangle="0.65, 0.4, 0.1, 0.2"
       MPReg:PersonDisplayName="{name}"/>
""" for name in names[:1]
    )  # fmt: skip
    lists = "".join([
        _bag("digiKam:TagsList", tags, "Seq"),
        _bag("MicrosoftPhoto:LastKeywordXMP", tags) if random.random() < 0.5 else "",
        _bag("lr:hierarchicalSubject", [tag.replace("/", "|") for tag in tags]) if random.random() < 0.7 else "",
        _bag("dc:subject", leaves),
    ]) if tags or random.random() < 0.3 else ""  # fmt: skip
    faces = _toolkit_regions(names, random.random() < 0.5) if names or random.random() < 0.3 else ""
    if microsoft:
        faces += f"""   <MP:RegionInfo
    rdf:parseType="Resource">
    <MPRI:Regions>
     <rdf:Bag>
{microsoft}     </rdf:Bag>
    </MPRI:Regions>
   </MP:RegionInfo>
"""
    category = "&lt;Categories&gt;&lt;Category Assigned=&quot;1&quot;&gt;Ann&lt;/Category&gt;&lt;/Categories&gt;"
    return f"""<?xpacket begin="{BOM}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:MP="http://ns.microsoft.com/photo/1.2/"
    xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
    xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"
{_MWG}    xmlns:dc="http://purl.org/dc/elements/1.1/"
   digiKam:ColorLabel="0"
   digiKam:PickLabel="{random.randrange(4)}"
   acdsee:categories="{category}"
   xmp:Rating="{random.randrange(6)}"
   tiff:Orientation="1">
{lists}{faces}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def lightroom(random: random.Random) -> bytes:
    """Adobe's toolkit: settings as attributes, a history, a mask, names as keywords, a language alternative."""
    words = random.sample(["Köln", "Ann & Bob".replace("&", "&amp;"), "2019", "Female"], random.randrange(4))
    names = random.sample(list(REGIONS), random.randrange(3))
    keywords = _bag("dc:subject", words) + (_bag("lr:hierarchicalSubject", [f"All|{word}" for word in words])
                                            if random.random() < 0.7 else "") if words else ""  # fmt: skip
    faces = _toolkit_regions(names, True) if names else ""
    comment = "  <!-- keep me: a > b -->\n" if random.random() < 0.5 else ""
    return f"""<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000 1.000000, 0000/00/00  ">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
{_MWG}   xmp:Rating="{random.randrange(6)}"
   photoshop:SidecarForExtension="JPG"
   crs:Exposure2012="{random.uniform(-2, 2):+.2f}"
   crs:HasSettings="True">
{keywords}   <dc:title>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">Dom &#38; Rhein &#x2014; &quot;abends&quot;</rdf:li>
    </rdf:Alt>
   </dc:title>
   <xmpMM:History>
    <rdf:Seq>
     <rdf:li
      stEvt:action="saved"
      stEvt:changed="/metadata"/>
    </rdf:Seq>
   </xmpMM:History>
   <crs:ToneCurvePV2012>
    <rdf:Seq>
     <rdf:li>0, 0</rdf:li>
     <rdf:li>255, 255</rdf:li>
    </rdf:Seq>
   </crs:ToneCurvePV2012>
{faces}  </rdf:Description>
{comment} </rdf:RDF>
</x:xmpmeta>
""".encode()


def darktable(random: random.Random) -> bytes:
    """An XML declaration, a history whose parameters are attributes, empty lists."""
    tags = random.sample(["darktable|style|x", "Places|Köln", "Trips|2019", "Female"], random.randrange(4))
    keywords = _bag("dc:subject", [tag.rpartition("|")[2] for tag in tags]) + (
        _bag("lr:hierarchicalSubject", tags) if random.random() < 0.7 else "") if tags else ""  # fmt: skip
    steps = "".join(f"""     <rdf:li
      darktable:num="{number}"
      darktable:operation="exposure"
      darktable:enabled="1"
      darktable:params="gz02eJxjYGBg{random.randrange(10**9)}="
      darktable:multi_name=""/>
""" for number in range(random.randrange(1, 40)))  # fmt: skip
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   exif:DateTimeOriginal="2019:05:01 12:00:00.000"
   xmp:Rating="1"
   darktable:xmp_version="5"
   darktable:history_end="7">
   <darktable:masks_history>
    <rdf:Seq/>
   </darktable:masks_history>
   <darktable:history>
    <rdf:Seq>
{steps}    </rdf:Seq>
   </darktable:history>
{keywords}  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
""".encode()


def exiftool(random: random.Random) -> bytes:
    """One description a namespace, single quotes, everything as elements, a padded packet."""
    del random
    return f"""<?xpacket begin='{BOM}' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='Image::ExifTool 12.57'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>

 <rdf:Description rdf:about='uuid:1'
  xmlns:dc='http://purl.org/dc/elements/1.1/'>
  <dc:subject>
   <rdf:Bag>
    <rdf:li>Family</rdf:li>
   </rdf:Bag>
  </dc:subject>
 </rdf:Description>

 <rdf:Description rdf:about='uuid:1'
  xmlns:mwg-rs='http://www.metadataworkinggroup.com/schemas/regions/'
  xmlns:stArea='http://ns.adobe.com/xmp/sType/Area#'>
  <mwg-rs:Regions rdf:parseType='Resource'>
   <mwg-rs:RegionList>
    <rdf:Bag>
     <rdf:li rdf:parseType='Resource'>
      <mwg-rs:Area rdf:parseType='Resource'>
       <stArea:h>0.2</stArea:h>
       <stArea:unit>normalized</stArea:unit>
       <stArea:w>0.1</stArea:w>
       <stArea:x>0.7</stArea:x>
       <stArea:y>0.5</stArea:y>
      </mwg-rs:Area>
      <mwg-rs:Name>Zoë</mwg-rs:Name>
      <mwg-rs:Type>Face</mwg-rs:Type>
     </rdf:li>
    </rdf:Bag>
   </mwg-rs:RegionList>
  </mwg-rs:Regions>
 </rdf:Description>
</rdf:RDF>
</x:xmpmeta>
{(" " * 99 + chr(10)) * 3}<?xpacket end='w'?>""".encode()


def aliased(random: random.Random) -> bytes:
    """Other prefixes for the same namespaces, ours for strange ones, in one line, with comments and instructions."""
    del random
    return (
        '<!-- a --><?pi <x>?><m:xmpmeta xmlns:m="adobe:ns:meta/">'
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdf="urn:not-rdf/" xmlns:dc="urn:not-dc/">'
        '<r:Description r:about="" dc:odd="1>2" rdf:odd=\'"\'><s:subject xmlns:s="http://purl.org/dc/elements/1.1/">'
        "<r:Bag><!-- b --><r:li>Family<!-- c --></r:li><!-- d --></r:Bag></s:subject>"
        '<g:Regions xmlns:g="http://www.metadataworkinggroup.com/schemas/regions/"><r:Description><g:RegionList><r:Bag>'
        '<r:li><r:Description g:Name="Zoë" g:Type="Face"><g:Area xmlns:t="http://ns.adobe.com/xmp/sType/Area#"'
        ' t:x="0.7" t:y="0.5" t:w="0.1" t:h="0.2" t:unit="normalized"/></r:Description></r:li>'
        "</r:Bag></g:RegionList></r:Description></g:Regions></r:Description><!-- e --></r:RDF></m:xmpmeta><!-- f -->"
    ).encode()


def windows(random: random.Random) -> bytes:
    """As Lightroom writes it, behind a byte order mark and with Windows' line ends."""
    return BOM.encode() + lightroom(random).replace(b"\n", b"\r\n")


STYLES = (digikam, lightroom, darktable, digikam, lightroom, darktable, exiftool, aliased, windows)


def fifty() -> list[tuple[str, bytes]]:
    """Fifty different sidecars, each with the program it is from."""
    generator = random.Random(7)
    found: dict[bytes, str] = {}
    turn = 0
    while len(found) < 50:
        style = STYLES[turn % len(STYLES)]
        found.setdefault(style(generator), style.__name__)
        turn += 1
    return [(name, data) for data, name in found.items()]
