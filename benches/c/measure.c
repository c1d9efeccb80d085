/* Runs one command and reports what it cost: `measure REPORT COMMAND [ARGUMENT...]`.
 *
 * Writes "wall_ns user_us sys_us maxrss_kib status" to the file REPORT. CPU time and peak memory are the
 * command's own and those of every child it waited for.
 *
 * This is not done from Python because a process inherits, as the floor of its peak memory, the size its
 * parent had when it was started: measured from a 20 MB process, nothing is ever smaller than 20 MB. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    long long start = now_ns();
    pid_t child = fork();
    if (child < 0)
        return 2;
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child)
        return 2;
    long long wall = now_ns() - start;
    int code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    FILE *report = fopen(argv[1], "w");
    if (!report)
        return 2;
    fprintf(report, "%lld %lld %lld %ld %d\n", wall,
            usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec,
            usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec, usage.ru_maxrss, code);
    return fclose(report) ? 2 : 0;
}
