/* A clock of its own for one process, that can be set and goes faster: LD_PRELOAD=clock.so CLOCK=FILE COMMAND.
 *
 * The file holds four 64-bit integers: two moments that belong together (monotonic and wall, in nanoseconds), how many
 * times faster than it does time goes since then, and what is added to the wall clock: whoever writes there sets it.
 *
 * faketime does this for programs that ask libc. Go asks the kernel's vDSO instead, so that it gets a copy of that,
 * in which one symbol points here. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *given; /* monotonic, wall, rate, added */
static int (*truly)(clockid_t, struct timespec *);

static int64_t monotonic(void) {
    struct timespec now;
    truly(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int clock_gettime(clockid_t which, struct timespec *told) {
    int wall = which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE;
    if (!truly) truly = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (!given || !(wall || which == CLOCK_MONOTONIC || which == CLOCK_MONOTONIC_COARSE)) return truly(which, told);
    int64_t at = (wall ? given[1] + given[3] : given[0]) + (monotonic() - given[0]) * given[2];
    told->tv_sec = at / 1000000000LL;
    told->tv_nsec = at % 1000000000LL;
    return 0;
}

time_t time(time_t *told) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (told) *told = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict told, void *restrict zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    told->tv_sec = now.tv_sec;
    told->tv_usec = now.tv_nsec / 1000;
    return 0;
}

/* The vDSO copied, with its clock_gettime turned to ours. */
static uintptr_t turned(uintptr_t vdso) {
    Elf64_Ehdr *head = (Elf64_Ehdr *)vdso;
    size_t size = head->e_shoff + (size_t)head->e_shnum * head->e_shentsize;
    char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(copy, head, size);
    Elf64_Shdr *parts = (Elf64_Shdr *)(copy + head->e_shoff);
    for (int i = 0; i < head->e_shnum; i++) {
        if (parts[i].sh_type != SHT_DYNSYM) continue;
        const char *names = copy + parts[parts[i].sh_link].sh_offset;
        Elf64_Sym *one = (Elf64_Sym *)(copy + parts[i].sh_offset), *end = one + parts[i].sh_size / sizeof *one;
        for (; one < end; one++)
            if (!strcmp(names + one->st_name, "__vdso_clock_gettime"))
                one->st_value = (uintptr_t)clock_gettime - (uintptr_t)copy;
    }
    return (uintptr_t)copy;
}

__attribute__((constructor)) static void begin(int count, char **words, char **environment) {
    const char *place = getenv("CLOCK");
    int file = place ? open(place, O_RDONLY) : -1;
    if (file < 0) return;
    truly = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    given = mmap(NULL, 32, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    while (*environment) environment++;
    for (Elf64_auxv_t *each = (Elf64_auxv_t *)(environment + 1); each->a_type != AT_NULL; each++)
        if (each->a_type == AT_SYSINFO_EHDR) each->a_un.a_val = turned(each->a_un.a_val);
}
