// Runs a routine of F and D over many cases; the tests link it with the routines, for the machine they run on.
typedef unsigned long word;
typedef unsigned __int128 result;

void run(result (*routine)(word, word, word, word), long count, const word (*cases)[5], word (*answers)[2])
{
    for (long i = 0; i < count; i++) {
        result found = routine(cases[i][2], cases[i][3], cases[i][4], cases[i][1]);
        answers[i][0] = found;
        answers[i][1] = found >> 64;
    }
}
