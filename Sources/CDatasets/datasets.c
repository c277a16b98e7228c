// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#include "CDatasets.h"

#include <string.h>

// One array per data set, embedded by the compiler (C23), so that the executable needs no files.

static const unsigned char arabidopsis[] = {
#embed "data/arabidopsis.csv"
};

static const unsigned char cake[] = {
#embed "data/cake.csv"
};

static const unsigned char cbpp[] = {
#embed "data/cbpp.csv"
};

static const unsigned char contra[] = {
#embed "data/contra.csv"
};

static const unsigned char dyestuff[] = {
#embed "data/dyestuff.csv"
};

static const unsigned char dyestuff2[] = {
#embed "data/dyestuff2.csv"
};

static const unsigned char epil[] = {
#embed "data/epil.csv"
};

static const unsigned char grouseticks[] = {
#embed "data/grouseticks.csv"
};

static const unsigned char insteval[] = {
#embed "data/insteval.csv"
};

static const unsigned char machines[] = {
#embed "data/machines.csv"
};

static const unsigned char mfr[] = {
#embed "data/mfr.csv"
};

static const unsigned char orthodont[] = {
#embed "data/orthodont.csv"
};

static const unsigned char oxboys[] = {
#embed "data/oxboys.csv"
};

static const unsigned char pastes[] = {
#embed "data/pastes.csv"
};

static const unsigned char penicillin[] = {
#embed "data/penicillin.csv"
};

static const unsigned char rail[] = {
#embed "data/rail.csv"
};

static const unsigned char sleepstudy[] = {
#embed "data/sleepstudy.csv"
};

static const unsigned char verbagg[] = {
#embed "data/verbagg.csv"
};

#define DATASET(name) {#name, {name, sizeof name}}
static const struct {
  const char *name;
  mixed_models_dataset_text text;
} datasets[] = {
  DATASET(arabidopsis),
  DATASET(cake),
  DATASET(cbpp),
  DATASET(contra),
  DATASET(dyestuff),
  DATASET(dyestuff2),
  DATASET(epil),
  DATASET(grouseticks),
  DATASET(insteval),
  DATASET(machines),
  DATASET(mfr),
  DATASET(orthodont),
  DATASET(oxboys),
  DATASET(pastes),
  DATASET(penicillin),
  DATASET(rail),
  DATASET(sleepstudy),
  DATASET(verbagg),
};

mixed_models_dataset_text mixed_models_dataset(const char *name) {
  for (size_t i = 0; i < sizeof datasets / sizeof datasets[0]; i++) {
    if (strcmp(datasets[i].name, name) == 0) return datasets[i].text;
  }
  return (mixed_models_dataset_text){NULL, 0};
}
