"""The other side of `test_bench_faces.py`: run by the interpreter of `.cache/peers`, never by the box's own.

Reads one photograph's path a line; answers one line of JSON: seconds to decode, seconds from pixels to
template by the package's own recipe (of the clock and of the processor), and the template.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")  # its models package still imports pkg_resources

import dlib  # noqa: E402 - after the warnings are off
import face_recognition  # noqa: E402

print(json.dumps({"dlib": dlib.__version__, "avx": bool(dlib.USE_AVX_INSTRUCTIONS)}), flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    pixels = face_recognition.load_image_file(line.strip())
    decoded, busy = time.perf_counter(), time.process_time()
    found = face_recognition.face_encodings(pixels)
    done, busy = time.perf_counter(), time.process_time() - busy
    template = [float(number) for number in found[0]] if found else None
    answer = {"decode": decoded - began, "clock": done - decoded, "processor": busy, "template": template}
    print(json.dumps(answer), flush=True)
