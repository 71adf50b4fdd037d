"""Makes the traces of traces.sh: runs trace-pytorch with each line of standard input as its command
line, and says when it is done.

    traces.py share/tools/trace-pytorch
"""
import importlib.machinery
import importlib.util
import sys

loader = importlib.machinery.SourceFileLoader("trace_pytorch", sys.argv[1])
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(tool)
for line in sys.stdin:
    sys.argv[1:] = line.split()
    tool.main()
    print("done", flush=True)
