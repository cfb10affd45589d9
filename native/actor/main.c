/*
 * ipc_lens_actor: the processes of IPC Lens's live demos.
 *
 *   ipc_lens_actor stage DIRECTORY       supervises one demo session, told what to do on standard input
 *   ipc_lens_actor sweep RUN             removes what the run in that directory left behind, once its processes are gone
 *   ipc_lens_actor sweep-all DIRECTORY   does so for all runs there whose processes are gone
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"
#include "stage.h"

enum { SWEEP_PATIENCE = 5 /* seconds */ };

int main(int argc, char **argv)
{
    if (argc == 3 && argv[2][0] == '/') {
        if (strcmp(argv[1], "stage") == 0)
            return stage_main(argv[2]);
        if (strcmp(argv[1], "sweep") == 0)
            return run_sweep(argv[2], SWEEP_PATIENCE) ? EXIT_SUCCESS : EXIT_FAILURE;
        if (strcmp(argv[1], "sweep-all") == 0) {
            run_sweep_stale(argv[2]);
            return EXIT_SUCCESS;
        }
    }
    fprintf(stderr, "This program is part of IPC Lens and is started by it.\n"
                    "usage: ipc_lens_actor stage DIRECTORY | sweep RUN | sweep-all DIRECTORY\n");
    return EXIT_FAILURE;
}
