// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

extension Dataset {
  /// All built-in data sets by name.
  public static let all: [Dataset] = [
    arabidopsis, cake, cbpp, contra, dyestuff, dyestuff2, epil, grouseticks, insteval, machines,
    mfr, orthodont, oxboys, pastes, penicillin, rail, sleepstudy, verbagg,
  ]

  /// Fruits of thale cress under clipping and fertilization: 625 plants of 9 populations.
  public static let arabidopsis = Dataset(
    "arabidopsis",
    summary: "Fruits counted on 625 plants of Arabidopsis thaliana from 9 populations in 3"
      + " regions, clipped or not and with little or much nutrient.",
    origin: "Banta, Stevens and Pigliucci (2010), Oikos 119, 359-369; R package lme4,"
      + " Arabidopsis.",
    licence: gplTwoOrLater, categorical: ["gen", "rack", "nutrient"])

  /// Breakage angles of chocolate cakes: 3 recipes, 15 replicates, 6 temperatures.
  public static let cake = Dataset(
    "cake",
    summary: "Breakage angle of 270 chocolate cakes: 15 replicates of 3 recipes, each batch baked"
      + " at 6 temperatures; replicates are numbered within recipes.",
    origin: "Cook (1938), in Cochran and Cox (1957), Experimental Designs, p. 300; R package"
      + " lme4, cake.",
    licence: gplTwoOrLater, categorical: ["replicate"])

  /// Contagious bovine pleuropneumonia: 15 herds in 4 periods.
  public static let cbpp = Dataset(
    "cbpp",
    summary: "New cases of contagious bovine pleuropneumonia (incidence) among the animals at risk"
      + " (size) in 15 herds over 4 periods; 56 rows.",
    origin: "Lesnoff and others (2004), Preventive Veterinary Medicine 64, 27-40; R package lme4,"
      + " cbpp.",
    licence: gplTwoOrLater, categorical: ["period"])

  /// Use of contraception by 1934 women in 60 districts of Bangladesh.
  public static let contra = Dataset(
    "contra",
    summary: "Whether each of 1934 women in 60 districts of Bangladesh used contraception, with"
      + " age (centred), number of living children, and urban or rural residence; survey of"
      + " 1988.",
    origin: "Huq and Cleland (1990), Bangladesh Fertility Survey; Steele, Diamond and Amin"
      + " (1996); R package mlmRev, Contraception.",
    licence: gplTwoOrLater, levels: ["livch": ["0", "1", "2", "3+"]])

  /// Yield of a dyestuff: 5 preparations from each of 6 batches.
  public static let dyestuff = Dataset(
    "dyestuff",
    summary: "Yield of the dyestuff Naphthalene Black 12B (grams of standard colour) from 5"
      + " preparations of each of 6 batches of an intermediate product.",
    origin: "Davies and Goldsmith (1972), Statistical Methods in Research and Production, section"
      + " 6.4; R package lme4, Dyestuff.",
    licence: gplTwoOrLater)

  /// Artificial yields whose variance between batches is estimated as zero.
  public static let dyestuff2 = Dataset(
    "dyestuff2",
    summary: "Artificial yields of 5 preparations from each of 6 batches, made so that the"
      + " variance between batches is estimated as zero.",
    origin: "Box and Tiao (1973), Bayesian Inference in Statistical Analysis, section 5.1.2; R"
      + " package lme4, Dyestuff2.",
    licence: gplTwoOrLater)

  /// Epileptic seizures: 59 patients in 4 periods, progabide against placebo.
  public static let epil = Dataset(
    "epil",
    summary: "Seizures of 59 epileptics in each of 4 periods of two weeks under progabide or"
      + " placebo, with age and the count of a base period.",
    origin: "Thall and Vail (1990), Biometrics 46, 657-671; R package MASS, epil.",
    licence: "GPL-2.0-only OR GPL-3.0-only", categorical: ["subject"],
    levels: ["trt": ["placebo", "progabide"]])

  /// Ticks on 403 red grouse chicks.
  public static let grouseticks = Dataset(
    "grouseticks",
    summary: "Ticks on 403 red grouse chicks in broods at several locations, with height above sea"
      + " level and year.",
    origin: "Elston and others (2001), Parasitology 122, 563-569; R package lme4, grouseticks.",
    licence: gplTwoOrLater, categorical: ["index", "brood", "location", "year"])

  /// Ratings of lectures at ETH Zurich by 2972 students of 1128 lecturers.
  public static let insteval = Dataset(
    "insteval",
    summary: "73421 ratings (1 to 5) of lectures at ETH Zurich by 2972 students (s) of 1128"
      + " lecturers (d) in 14 departments.",
    origin: "Bates and Maechler; R package lme4, InstEval.",
    licence: gplTwoOrLater)

  /// Productivity of 6 workers on 3 machines.
  public static let machines = Dataset(
    "machines",
    summary: "Productivity scores of 6 workers, each 3 times on each of 3 machines.",
    origin: "Milliken and Johnson (1992), Analysis of Messy Data, chapter 23; R package nlme,"
      + " Machines.",
    licence: gplTwoOrLater, categorical: ["Worker"])

  /// SIMULATED defects in batches of 20 factories, in the layout of MATLAB's `mfr`.
  public static let mfr = Dataset(
    "mfr",
    summary: "SIMULATED data: defects in 5 batches from each of 20 factories with an old or a new"
      + " process. They have the columns of the sample data mfr in MATLAB's documentation but"
      + " are not those data, which are not available: estimates differ from MATLAB's.",
    origin: "Simulated by this project, after the layout of the factory example in MATLAB's"
      + " documentation.",
    licence: "Apache-2.0")

  /// Growth of a distance in the skulls of 27 children.
  public static let orthodont = Dataset(
    "orthodont",
    summary: "Distance (mm) between two points of the skull, the pituitary and the"
      + " pterygomaxillary fissure, of 27 children at 8, 10, 12 and 14 years.",
    origin: "Potthoff and Roy (1964), Biometrika 51, 313-326; R package nlme, Orthodont.",
    licence: gplTwoOrLater, levels: ["Sex": ["Male", "Female"]])

  /// Heights of 26 boys from Oxford on 9 occasions.
  public static let oxboys = Dataset(
    "oxboys",
    summary: "Height (cm) of 26 boys from Oxford on 9 occasions, with age on a standardized scale.",
    origin: "Goldstein (1987), after Harrison and Brush; R package mlmRev, Oxboys.",
    licence: gplTwoOrLater, categorical: ["subj"])

  /// Strength of a chemical paste: 2 assays of 3 casks from each of 10 batches.
  public static let pastes = Dataset(
    "pastes",
    summary: "Strength of a chemical paste: 2 assays of each of 3 casks from each of 10 batches;"
      + " the labels of casks repeat over batches.",
    origin: "Davies and Goldsmith (1972), Statistical Methods in Research and Production; R"
      + " package lme4, Pastes.",
    licence: gplTwoOrLater)

  /// Penicillin assays: 6 samples on each of 24 plates.
  public static let penicillin = Dataset(
    "penicillin",
    summary: "Diameter (mm) of the zone without bacteria around each of 6 penicillin samples on"
      + " each of 24 plates.",
    origin: "Davies and Goldsmith (1972), Statistical Methods in Research and Production; R"
      + " package lme4, Penicillin.",
    licence: gplTwoOrLater)

  /// Travel times of ultrasonic waves in 6 rails.
  public static let rail = Dataset(
    "rail",
    summary: "Travel time of ultrasonic waves in 6 rails, each measured 3 times.",
    origin: "Devore (2000); Pinheiro and Bates (2000), Mixed-Effects Models in S and S-PLUS; R"
      + " package nlme, Rail.",
    licence: gplTwoOrLater, categorical: ["Rail"])

  /// Reaction times under sleep deprivation: 18 subjects on 10 days.
  public static let sleepstudy = Dataset(
    "sleepstudy",
    summary: "Average reaction time (ms) of 18 subjects on each of 10 days of little sleep.",
    origin: "Belenky and others (2003), Journal of Sleep Research 12, 1-12; R package lme4,"
      + " sleepstudy.",
    licence: gplTwoOrLater)

  /// Verbal aggression: 316 persons answering 24 items.
  public static let verbagg = Dataset(
    "verbagg",
    summary: "Answers (resp: yes, perhaps, no; r2: Y, N) of 316 persons to 24 items about verbal"
      + " aggression: curse, scold or shout, do or want, other or self to blame.",
    origin: "Vansteelandt (2000); De Boeck and Wilson (2004), Explanatory Item Response Models; R"
      + " package lme4, VerbAgg.",
    licence: gplTwoOrLater)

  private static let gplTwoOrLater = "GPL-2.0-or-later"
}
