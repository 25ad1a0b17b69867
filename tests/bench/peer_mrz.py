"""The other side of `test_bench_mrz.py` and `test_bench_print.py`, in a process of its own.

Run by the interpreter of `.cache/peers`, never by the box's own. Reads one line of JSON a task:
{"peer": name, "path": file}. Answers one line of JSON: what the package says, and the seconds from path to
answer by the clock and by the processor, its Tesseract processes included. Arguments: a folder with OpenVINO
for rapidocr, a folder with `mrz.traineddata` for fastmrz.
"""

import json
import logging
import os
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")  # PassportEye calls functions that scikit-image has renamed
logging.disable(logging.CRITICAL)
sys.path.append(sys.argv[1])

import cv2  # noqa: E402 - after the path is set
import pytesseract  # noqa: E402
from fastmrz import FastMRZ  # noqa: E402
from passporteye import read_mrz  # noqa: E402
from rapidocr import EngineType, RapidOCR  # noqa: E402

cv2.setNumThreads(1)
RAPID = RapidOCR(
    params={
        **{f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")},
        "EngineConfig.openvino.inference_num_threads": 1,
    }
)
FAST = FastMRZ(tessdata_path=sys.argv[2])


def rapidocr(path):
    found = RAPID(path)
    if found.txts is None:
        return []
    rows = zip(found.boxes, found.txts, strict=True)
    return [text for _, text in sorted(rows, key=lambda row: float(row[0][:, 1].mean()))]


def fastmrz(path):
    return [line for line in FAST.get_details(path, ignore_parse=True).split("\n") if line]


def passporteye(path):
    found = read_mrz(path)
    if found is None:
        return None
    names = (
        "number",
        "surname",
        "names",
        "nationality",
        "sex",
        "date_of_birth",
        "expiration_date",
        "mrz_type",
    )
    fields = {name: getattr(found, name, None) for name in names}
    return {"text": found.aux.get("text", ""), "valid": bool(found.valid), **fields}


def tesseract(path):
    """Sparse page mode: of its modes the one that finds the most on documents."""
    said = pytesseract.image_to_string(path, lang="eng", config="--psm 11")
    return [line for line in said.split("\n") if line.strip()]


def busy():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


# Packages print; answers go where nothing else does.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
PEERS = {"rapidocr": rapidocr, "fastmrz": fastmrz, "PassportEye": passporteye, "Tesseract": tesseract}
print("ready", file=ANSWERS, flush=True)
for line in sys.stdin:
    task = json.loads(line)
    clock, processor = time.perf_counter(), busy()
    try:
        said, failure = PEERS[task["peer"]](task["path"]), ""
    except Exception as error:  # noqa: BLE001 - whatever a package raises counts as not read, and is shown
        said, failure = None, f"{type(error).__name__}: {error}"[:200]
    answer = {"said": said, "failure": failure}
    answer |= {"clock": time.perf_counter() - clock, "processor": busy() - processor}
    print(json.dumps(answer), file=ANSWERS, flush=True)
