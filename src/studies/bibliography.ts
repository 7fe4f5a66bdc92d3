/** Bibliography of the methods: what their papers are called, and who wrote them. */

/** A paper, by its number at arXiv or its doi. */
export interface Paper {
  readonly authors: string;
  readonly title: string;
  readonly year: number;
}

const paper = (authors: string, year: number, title: string): Paper => ({ authors, title, year });

/** Papers by `arXiv …` or `doi …`, as methods name them. */
export const BIBLIOGRAPHY: Readonly<Record<string, Paper>> = {
  "arXiv 1312.6034": paper(
    "Simonyan, Karen and Vedaldi, Andrea and Zisserman, Andrew",
    2013,
    "Deep Inside Convolutional Networks: Visualising Image Classification Models and Saliency Maps",
  ),
  "arXiv 1605.01713": paper(
    "Shrikumar, Avanti and Greenside, Peyton and Shcherbina, Anna and Kundaje, Anshul",
    2016,
    "Not Just a Black Box: Learning Important Features Through Propagating Activation Differences",
  ),
  "arXiv 1704.02685": paper(
    "Shrikumar, Avanti and Greenside, Peyton and Kundaje, Anshul",
    2017,
    "Learning Important Features Through Propagating Activation Differences",
  ),
  "arXiv 1703.01365": paper(
    "Sundararajan, Mukund and Taly, Ankur and Yan, Qiqi",
    2017,
    "Axiomatic Attribution for Deep Networks",
  ),
  "arXiv 2303.14242": paper(
    "Yang, Ruo and Wang, Binghui and Bilgic, Mustafa",
    2023,
    "IDGI: A Framework to Eliminate Explanation Noise from Integrated Gradients",
  ),
  "arXiv 2004.03383": paper(
    "Xu, Shawn and Venugopalan, Subhashini and Sundararajan, Mukund",
    2020,
    "Attribution in Scale and Space",
  ),
  "arXiv 2106.09788": paper(
    "Kapishnikov, Andrei and Venugopalan, Subhashini and Avci, Besim and Wedin, Ben and Terry, Michael and Bolukbasi, Tolga",
    2021,
    "Guided Integrated Gradients: An Adaptive Path Method for Removing Noise",
  ),
  "arXiv 2305.15853": paper(
    "Enguehard, Joseph",
    2023,
    "Sequential Integrated Gradients: a simple but effective method for explaining language models",
  ),
  "arXiv 1906.10670": paper(
    "Erion, Gabriel and Janizek, Joseph D. and Sturmfels, Pascal and Lundberg, Scott M. and Lee, Su-In",
    2021,
    "Improving performance of deep learning models with axiomatic attribution priors and expected gradients",
  ),
  "arXiv 1706.03825": paper(
    "Smilkov, Daniel and Thorat, Nikhil and Kim, Been and Viégas, Fernanda and Wattenberg, Martin",
    2017,
    "SmoothGrad: removing noise by adding noise",
  ),
  "arXiv 1806.10758": paper(
    "Hooker, Sara and Erhan, Dumitru and Kindermans, Pieter-Jan and Kim, Been",
    2019,
    "A Benchmark for Interpretability Methods in Deep Neural Networks",
  ),
  "arXiv 1810.03307": paper(
    "Adebayo, Julius and Gilmer, Justin and Goodfellow, Ian and Kim, Been",
    2018,
    "Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter Values",
  ),
  "arXiv 1805.12233": paper(
    "Dhamdhere, Kedar and Sundararajan, Mukund and Yan, Qiqi",
    2018,
    "How Important Is a Neuron?",
  ),
  "arXiv 1802.03788": paper(
    "Leino, Klas and Sen, Shayak and Datta, Anupam and Fredrikson, Matt and Li, Linyi",
    2018,
    "Influence-Directed Explanations for Deep Convolutional Networks",
  ),
  "arXiv 1412.6806": paper(
    "Springenberg, Jost Tobias and Dosovitskiy, Alexey and Brox, Thomas and Riedmiller, Martin",
    2014,
    "Striving for Simplicity: The All Convolutional Net",
  ),
  "arXiv 1311.2901": paper(
    "Zeiler, Matthew D. and Fergus, Rob",
    2013,
    "Visualizing and Understanding Convolutional Networks",
  ),
  "arXiv 1906.07983": paper(
    "Dombrowski, Ann-Kathrin and Alber, Maximilian and Anders, Christopher J. and Ackermann, Marcel and Müller, Klaus-Robert and Kessel, Pan",
    2019,
    "Explanations can be manipulated and geometry is to blame",
  ),
  "doi 10.1371/journal.pone.0130140": paper(
    "Bach, Sebastian and Binder, Alexander and Montavon, Grégoire and Klauschen, Frederick and Müller, Klaus-Robert and Samek, Wojciech",
    2015,
    "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance Propagation",
  ),
  "doi 10.1162/neco.1994.6.1.147": paper(
    "Pearlmutter, Barak A.",
    1994,
    "Fast Exact Multiplication by the Hessian",
  ),
  "arXiv 1610.02391": paper(
    "Selvaraju, Ramprasaath R. and Cogswell, Michael and Das, Abhishek and Vedantam, Ramakrishna and Parikh, Devi and Batra, Dhruv",
    2017,
    "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
  ),
  "arXiv 1710.11063": paper(
    "Chattopadhyay, Aditya and Sarkar, Anirban and Howlader, Prantik and Balasubramanian, Vineeth N.",
    2018,
    "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks",
  ),
  "arXiv 2011.08891": paper(
    "Draelos, Rachel Lea and Carin, Lawrence",
    2020,
    "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks",
  ),
  "arXiv 2008.02312": paper(
    "Fu, Ruigang and Hu, Qingyong and Dong, Xiaohu and Guo, Yulan and Gao, Yinghui and Li, Biao",
    2020,
    "Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs",
  ),
  "doi 10.1109/TIP.2021.3089943": paper(
    "Jiang, Peng-Tao and Zhang, Chang-Bin and Hou, Qibin and Cheng, Ming-Ming and Wei, Yunchao",
    2021,
    "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
  ),
  "arXiv 2008.00299": paper(
    "Muhammad, Mohammed Bany and Yeasin, Mohammed",
    2020,
    "Eigen-CAM: Class Activation Map using Principal Components",
  ),
  "arXiv 1910.01279": paper(
    "Wang, Haofan and Wang, Zifan and Du, Mengnan and Yang, Fan and Zhang, Zijian and Ding, Sirui and Mardziel, Piotr and Hu, Xia",
    2020,
    "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
  ),
  "doi 10.1109/WACV45572.2020.9093360": paper(
    "Desai, Saurabh and Ramaswamy, Harish G.",
    2020,
    "Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free Localization",
  ),
  "arXiv 1806.07421": paper(
    "Petsiuk, Vitali and Das, Abir and Saenko, Kate",
    2018,
    "RISE: Randomized Input Sampling for Explanation of Black-box Models",
  ),
  "arXiv 1705.07874": paper(
    "Lundberg, Scott M. and Lee, Su-In",
    2017,
    "A Unified Approach to Interpreting Model Predictions",
  ),
  "doi 10.1016/j.cor.2008.04.004": paper(
    "Castro, Javier and Gómez, Daniel and Tejada, Juan",
    2009,
    "Polynomial calculation of the Shapley value based on sampling",
  ),
  "arXiv 1602.04938": paper(
    "Ribeiro, Marco Tulio and Singh, Sameer and Guestrin, Carlos",
    2016,
    '"Why Should I Trust You?": Explaining the Predictions of Any Classifier',
  ),
  "arXiv 2111.04138": paper(
    "Fel, Thomas and Cadène, Rémi and Chalvidal, Mathieu and Cord, Matthieu and Vigouroux, David and Serre, Thomas",
    2021,
    "Look at the Variance! Efficient Black-box Explanations with Sobol-based Sensitivity Analysis",
  ),
  "arXiv 2206.06219": paper(
    "Novello, Paul and Fel, Thomas and Vigouroux, David",
    2022,
    "Making Sense of Dependence: Efficient Black-box Explanations Using Dependence Measure",
  ),
  "doi 10.1007/978-3-642-45494-3_7": paper("Owen, Guillermo", 1977, "Values of Games with a Priori Unions"),
  "doi 10.1007/BF01268159": paper(
    "Winter, Eyal",
    1989,
    "A Value for Cooperative Games with Levels Structure of Cooperation",
  ),
  "arXiv 1906.02825": paper(
    "Kapishnikov, Andrei and Bolukbasi, Tolga and Viégas, Fernanda and Terry, Michael",
    2019,
    "XRAI: Better Attributions Through Regions",
  ),
  "arXiv 1412.6572": paper(
    "Goodfellow, Ian J. and Shlens, Jonathon and Szegedy, Christian",
    2014,
    "Explaining and Harnessing Adversarial Examples",
  ),
  "arXiv 1706.06083": paper(
    "Madry, Aleksander and Makelov, Aleksandar and Schmidt, Ludwig and Tsipras, Dimitris and Vladu, Adrian",
    2017,
    "Towards Deep Learning Models Resistant to Adversarial Attacks",
  ),
  "arXiv 1911.02508": paper(
    "Slack, Dylan and Hilgard, Sophie and Jia, Emily and Singh, Sameer and Lakkaraju, Himabindu",
    2020,
    "Fooling LIME and SHAP: Adversarial Attacks on Post hoc Explanation Methods",
  ),
  "arXiv 1902.02041": paper(
    "Heo, Juyeon and Joo, Sunghwan and Moon, Taesup",
    2019,
    "Fooling Neural Network Interpretations via Adversarial Model Manipulation",
  ),
  "arXiv 1711.00867": paper(
    "Kindermans, Pieter-Jan and Hooker, Sara and Adebayo, Julius and Alber, Maximilian and Schütt, Kristof T. and Dähne, Sven and Erhan, Dumitru and Kim, Been",
    2017,
    "The (Un)reliability of Saliency Methods",
  ),
  "arXiv 1608.00530": paper(
    "Hendrycks, Dan and Gimpel, Kevin",
    2016,
    "Early Methods for Detecting Adversarial Images",
  ),
  "arXiv 1807.03888": paper(
    "Lee, Kimin and Lee, Kibok and Lee, Honglak and Shin, Jinwoo",
    2018,
    "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks",
  ),
};
