"""What is sent to greq reaches its program: a supervisor knows greq's number alone. Usage: passed_on.py GREQ"""

import os
import signal
import subprocess
import sys

PATIENCE_S = 60
SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2, signal.SIGWINCH, signal.SIGALRM, signal.SIGURG,
           signal.SIGPWR, signal.SIGRTMIN + 3, signal.SIGRTMAX]
PROGRAM = f"""
import signal
numbers = {[int(number) for number in SIGNALS]}
signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
print("ready", flush=True)
for _ in numbers:
    print(int(signal.sigwait(numbers)), flush=True)
"""


def send_each(job):
    job.stdout.readline()
    for number in SIGNALS:
        job.send_signal(number)
        said = job.stdout.readline().strip()
        if said != str(int(number)):
            sys.exit(f"{number} was sent, {said!r} came")
    if job.wait(PATIENCE_S):
        sys.exit(f"ended with {job.returncode}")


def give_up(_number, _frame):
    sys.exit("nothing came")


def main(greq):
    job = subprocess.Popen([greq, "run", sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True,
                           start_new_session=True)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE_S)
    try:
        send_each(job)
    finally:
        try:
            os.killpg(job.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # all of them have ended


main(sys.argv[1])
