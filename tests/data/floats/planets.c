// Sun and planets that pull each other: doubles, with square roots and divisions.
#include "start.h"

#define BODIES 4

struct body {
    double place[3], speed[3], mass;
};

static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 39.5},
    {{4.8, -1.2, -0.1}, {0.6, 2.8, -0.02}, 0.0377},
    {{8.3, 4.1, -0.4}, {-1.01, 1.8, 0.008}, 0.0113},
    {{12.9, -15.1, -0.2}, {1.08, 0.87, -0.01}, 0.0017},
};

static double energy(void)
{
    double sum = 0;
    for (int i = 0; i < BODIES; i++) {
        for (int axis = 0; axis < 3; axis++)
            sum += 0.5 * bodies[i].mass * bodies[i].speed[axis] * bodies[i].speed[axis];
        for (int j = i + 1; j < BODIES; j++) {
            double square = 0;
            for (int axis = 0; axis < 3; axis++) {
                double distance = bodies[i].place[axis] - bodies[j].place[axis];
                square += distance * distance;
            }
            sum -= bodies[i].mass * bodies[j].mass / __builtin_sqrt(square);
        }
    }
    return sum;
}

static void advance(double time)
{
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            double distance[3], square = 0;
            for (int axis = 0; axis < 3; axis++) {
                distance[axis] = bodies[i].place[axis] - bodies[j].place[axis];
                square += distance[axis] * distance[axis];
            }
            double pull = time / (square * __builtin_sqrt(square));
            for (int axis = 0; axis < 3; axis++) {
                bodies[i].speed[axis] -= distance[axis] * bodies[j].mass * pull;
                bodies[j].speed[axis] += distance[axis] * bodies[i].mass * pull;
            }
        }
    for (int i = 0; i < BODIES; i++)
        for (int axis = 0; axis < 3; axis++)
            bodies[i].place[axis] += time * bodies[i].speed[axis];
}

word run(void)
{
    word count = 0;
    for (int step = 0; step < 10; step++) {
        answer[count++] = bits_of(energy());
        advance(0.01);
    }
    for (int i = 0; i < BODIES; i++)
        for (int axis = 0; axis < 3; axis++)
            answer[count++] = bits_of(bodies[i].place[axis]);
    return count;
}
