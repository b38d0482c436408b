/* doctor_interposed: depends on a library that stands before libc and defines recv. */
int interposer_calls(void);

int main(void)
{
    return interposer_calls() ? 0 : 1;
}
