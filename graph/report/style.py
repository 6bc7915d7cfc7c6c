"""The style sheet of the page, for screens, phones and paper, with a light and a dark colour scheme."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#f6f5f1",
        "card": "#ffffff",
        "ink": "#1e2422",
        "soft": "#56605b",
        "line": "#dedcd4",
        "track": "#ebe9e2",
        "accent": "#2a6a4b",
        "quiet": "#a9c3b4",
        "grape": "#6a3d86",
        "warn": "#8a4b08",
        "part0": "#2a6a4b",
        "part1": "#7b5aa6",
        "part2": "#c08a2d",
        "part3": "#4a86a8",
        "part4": "#a8586b",
        "part5": "#8a9a3c",
        "part6": "#6f7b8c",
        "part7": "#b3744a",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "paper": "#141716",
        "card": "#1d2120",
        "ink": "#e9e7e1",
        "soft": "#a7b0ab",
        "line": "#363c39",
        "track": "#2c3230",
        "accent": "#86c9a5",
        "quiet": "#4b7360",
        "grape": "#c9a5e3",
        "warn": "#e9b36c",
        "part0": "#6fb892",
        "part1": "#a98bd0",
        "part2": "#d3a754",
        "part3": "#7bb0cd",
        "part4": "#cf8797",
        "part5": "#b3c169",
        "part6": "#98a3b3",
        "part7": "#d29a72",
    }
)

_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,
"PingFang SC","Microsoft YaHei","Hiragino Sans GB","Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC",sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.page{max-width:1120px;margin:0 auto;padding:40px 28px 64px}
h1{font-size:30px;line-height:1.25;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:20px;line-height:1.3;margin:0 0 4px}
h3{font-size:16px;line-height:1.35;margin:0}
h4{font-size:12.5px;line-height:1.4;margin:14px 0 2px;color:var(--soft);font-weight:600}
p{margin:6px 0}
small{font-size:12.5px;color:var(--soft);font-weight:400}
a{color:var(--accent)}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
section{margin-top:48px}
section>.lead{color:var(--soft);max-width:76ch;margin:0 0 16px}
.subtitle{color:var(--soft);font-size:16px;margin:0}
.skip{position:absolute;left:-9999px}
.skip:focus{left:16px;top:12px;background:var(--card);padding:6px 12px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 20px;list-style:none;padding:10px 0;margin:20px 0 0;
border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
nav a{text-decoration:none}
nav a:hover,nav a:focus-visible{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.answers{list-style:none;margin:24px 0 0;padding:0;display:grid;gap:14px;
grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr))}
.answers li,.panel,.card{background:var(--card);border:1px solid var(--line);border-radius:10px}
.answers li{padding:18px 20px;border-left:3px solid var(--accent)}
.answers strong{display:block;font-size:24px;line-height:1.3;color:var(--accent);letter-spacing:-.01em}
.panel{padding:18px 20px;margin-top:14px}
.panel>h3{margin-bottom:4px}
.panel>:first-child,.card>:first-child{margin-top:0}
.panel>:last-child,.card>:last-child{margin-bottom:0}
.two{display:grid;gap:14px;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));align-items:start}
.two,.cards{margin-top:14px}
.two>.panel{margin-top:0}
.panel ul:not(.key){padding-left:20px;margin:6px 0}
.panel .two{gap:18px 40px;margin-top:10px}
.cards{display:grid;gap:14px;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));margin-top:14px}
.card{padding:18px 20px}
.card header{display:flex;gap:10px;align-items:baseline;margin-bottom:2px}
.card .size{margin:0 0 8px;font-size:13.5px;color:var(--soft)}
.tag{font-size:12.5px;font-weight:600;color:var(--accent);border:1px solid currentColor;border-radius:5px;
padding:0 6px;white-space:nowrap}
.flag{color:var(--warn)}
.note{color:var(--warn);margin:8px 0 0}
.verdict{font-size:16px;margin:8px 0 10px;max-width:80ch}
.use{margin-top:12px;padding-top:10px;border-top:1px solid var(--line)}
.absent{color:var(--soft);background:var(--card);border:1px dashed var(--line);border-radius:10px;
padding:14px 18px;margin-top:12px}
.figures{display:flex;flex-wrap:wrap;gap:6px 28px;margin:8px 0 0}
.figures div{min-width:84px}
.figures dt{font-size:12.5px;color:var(--soft)}
.figures dd{margin:0;font-size:17px;font-weight:600}
.pairs{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;margin:8px 0 0}
.pairs dt{color:var(--soft)}
.pairs dd{margin:0;min-width:0}
.scroll{position:relative;overflow-x:auto;max-width:100%;
background:linear-gradient(90deg,var(--card) 40%,transparent) 0 0/36px 100% no-repeat local,
linear-gradient(270deg,var(--card) 40%,transparent) 100% 0/36px 100% no-repeat local,
linear-gradient(90deg,var(--line),transparent) 0 0/14px 100% no-repeat scroll,
linear-gradient(270deg,var(--line),transparent) 100% 0/14px 100% no-repeat scroll}
table{border-collapse:collapse;width:100%;font-size:14px;line-height:1.45;overflow-wrap:normal}
caption{text-align:left;font-size:12.5px;color:var(--soft);padding:2px 0 6px}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th,td{padding:7px 10px 7px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
th{font-weight:600}
thead th{font-size:12.5px;color:var(--soft);vertical-align:bottom;line-height:1.3}
tbody tr:last-child>*{border-bottom:0}
.n{text-align:right;white-space:nowrap}
.n+:not(.n){padding-left:14px}
.bars table{font-size:13.5px}
.bars thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.bars th,.bars td{border:0;padding-top:2px;padding-bottom:2px;vertical-align:middle}
.bars th{font-weight:400}
.bars th bdi{margin-right:1px}
.bars .wide{width:38%;min-width:84px}
.lifts .wide{width:auto}
.lifts th,.lifts td{padding-top:3px;padding-bottom:4px;vertical-align:top}
.bars .wide svg,.score svg{display:block}
.strong{font-weight:650}
.people thead .n{white-space:normal;min-width:62px}
.who{overflow-wrap:anywhere}
.people th small,.people td small{display:block}
.people .who{position:relative;min-width:210px;padding-left:28px;display:block}
.people .who .rank{position:absolute;left:0;width:20px;text-align:right;color:var(--accent)}
.score{min-width:120px;display:block}
.reason{min-width:220px;display:block}
.key{display:flex;flex-wrap:wrap;gap:2px 16px;list-style:none;padding:0;margin:8px 0;font-size:12.5px;
color:var(--soft)}
.key svg{margin-right:6px;vertical-align:-1px}
.legend{columns:3 150px;font-size:12.5px;color:var(--soft);margin:8px 0;padding-left:22px}
figure{margin:0}
figcaption{font-size:12.5px;color:var(--soft);margin-bottom:8px}
details{margin-top:8px}
summary{cursor:pointer;color:var(--accent);font-size:13px}
svg{overflow:visible}
svg text{font-family:inherit;font-variant-numeric:tabular-nums}
.map{display:block;width:100%;max-width:480px;margin:0 auto;height:auto}
.track{fill:var(--track)}
.bar{fill:var(--accent)}
.bar.quiet{fill:var(--quiet)}
.faint .bar.quiet,.faint .bar{fill:var(--track);stroke:var(--soft);stroke-dasharray:2 2;stroke-width:1}
.halo{stroke:var(--card);stroke-width:3.4;stroke-opacity:.8}
.whisker{stroke:var(--ink);stroke-width:1.4}
.even{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 2}
.grid{stroke:var(--line);stroke-width:1}
.tick{fill:var(--soft);font-size:12px}
.mark{fill:var(--ink);font-size:13px;font-weight:600}
.cell{fill:var(--ink);font-size:12px}
.band{fill:var(--accent);fill-opacity:.16}
.curve{fill:none;stroke:var(--accent);stroke-width:2.4;stroke-linejoin:round;vector-effect:non-scaling-stroke}
.dot{fill:var(--card);stroke:var(--accent);stroke-width:2}
.dot.strong{fill:var(--grape);stroke:var(--grape)}
.knee{stroke:var(--grape);stroke-width:1.4;stroke-dasharray:4 4}
.flow{fill:none;stroke:var(--quiet);stroke-opacity:.55;stroke-linecap:round}
.bubble{fill:var(--card);stroke:var(--accent);stroke-width:2}
footer{margin-top:48px;padding-top:14px;border-top:1px solid var(--line);color:var(--soft);font-size:12.5px}
@media (max-width:600px){
.page{padding:24px 16px 48px}
h1{font-size:24px}
section{margin-top:36px}
.panel,.card,.answers li{padding:14px 14px}
.pairs{grid-template-columns:1fr;gap:0}
.pairs dd{margin-bottom:6px}
.answers strong{font-size:21px}
}
@page{margin:14mm}
@media print{
body{font-size:11px;background:none}
.page{max-width:none;padding:0}
nav,.skip,details:not([open]){display:none}
section{margin-top:22px}
h1{font-size:22px}
h2{font-size:15px}
h2,h3,h4,caption,figcaption,.lead{break-after:avoid}
.card,.answers li,tr,figure{break-inside:avoid}
.cards{grid-template-columns:1fr 1fr}
.scroll{overflow:visible;background:none}
table{font-size:10px}
th,td{padding:3px 6px 3px 0}
.people .who{min-width:126px;padding-left:20px}
.people .who .rank{width:14px}
.score,.reason{min-width:72px}
.people thead .n{min-width:44px}
.bars table{font-size:10px}
small,h4,caption,thead th,figcaption,summary,.key,.legend,.figures dt,.card .size,.tag,code{font-size:9.5px}
.tick,.cell,.mark{font-size:9.5px}
h3,.verdict{font-size:12px}
.figures dd{font-size:13px}
.answers{grid-template-columns:repeat(3,1fr);gap:8px;margin-top:8px}
.answers strong{font-size:16px}
.panel,.card,.answers li{padding:9px 11px;border-radius:6px}
.two,.cards{gap:8px}
.two{grid-template-columns:1fr 1fr}
.map{max-width:300px}
svg,.answers li,.tag{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""


def _scheme(colours: Mapping[str, str]) -> str:
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in colours.items()) + "}"


def css() -> str:
    """The style sheet: the light scheme (always on paper), and the dark one where the reader's system prefers it."""
    parts = "".join(f".part{i}{{fill:var(--part{i})}}\n" for i in range(8))
    night = f"@media screen and (prefers-color-scheme:dark){{{_scheme(DARK)}}}"
    return f":root{{color-scheme:light dark}}\n{_scheme(LIGHT)}\n{night}{_RULES}{parts}"
